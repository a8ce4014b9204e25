#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# bench.sh STIRRUP [RUNS] [WORK...]: CPU per message beside a loop that only receives and sends (the floor) and beside
# Kamailio, RUNS times (default 5), and the medians as a table. COMPARE names the comparison script, which has to print rows of
# `work proxy offered/s forwarded/s cpu_us/msg ratio latency`. Only ratios within one run mean anything: machines drift.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
stirrup=$(readlink -f "${1:?usage: bench.sh STIRRUP [RUNS] [WORK...]}")
runs=${2:-5}
shift $(($# < 2 ? $# : 2))
compare=${COMPARE:-$here/../../shared/rig/compare.sh}
[ -x "$compare" ] || { echo "bench.sh: no comparison script at $compare; set COMPARE" >&2; exit 2; }
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
for run in $(seq "$runs"); do
    echo "run $run of $runs" >&2
    "$compare" --stirrup "$stirrup" "$@" | tee -a "$rows" >&2
done
python3 - "$rows" "$runs" <<'PY'
import collections, statistics, sys
figures, speeds = collections.defaultdict(list), collections.defaultdict(list)
for line in open(sys.argv[1]):
    words = line.split()
    if len(words) >= 6 and words[2].isdigit():
        figures[tuple(words[:3])].append((int(words[3]), float(words[4]), float(words[5])))
    elif len(words) > 1 and words[1] == "openssl":
        speeds[words[0]].append(int(line.split("one core:")[1].split()[0]))
print(f"Medians of {sys.argv[2]} runs (lowest–highest in brackets).\n")
print("| work | proxy | offered/s | forwarded/s | CPU µs per message | × floor |\n|---|---|---|---|---|---|")
for (work, proxy, offered), rows in figures.items():
    forwarded, cpu, ratio = zip(*rows)
    middle = statistics.median
    print(f"| {work} | {proxy} | {offered} | {middle(forwarded):.0f} | {middle(cpu):.1f} ({min(cpu):.1f}–{max(cpu):.1f}) | "
          f"{middle(ratio):.2f} ({min(ratio):.2f}–{max(ratio):.2f}) |")
for work, values in speeds.items():
    print(f"\n`openssl speed ecdsap256`, {work}, one core: {statistics.median(values):.0f}/s")
PY
