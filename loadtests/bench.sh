#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# bench.sh STIRRUP [RUNS] [WORK...]: CPU per message beside a loop that only receives and sends (the floor) and beside
# Kamailio, RUNS times (default 5): the medians as a table with machine and versions on standard output, and a plot of each
# work in PLOTS (default loadtests/plots). COMPARE names the comparison script, which has to print rows of
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
plots=${PLOTS:-$here/plots}
mkdir -p "$plots"
{
    echo "Machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r)," \
        "$(openssl version | cut -d' ' -f1-2), $(kamailio -v 2>/dev/null | sed -n '1s/version: \([^(]*\) (.*/\1/p')."
    echo
}
python3 - "$rows" "$runs" "$plots" <<'PY'
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

# A plot of each work: a bar for each proxy and rate, with the lowest and highest of the runs. Colours that the colour-blind tell apart.
colours = {"floor": "#999999", "kamailio": "#E69F00", "stirrup": "#0072B2"}
for work in {key[0] for key in figures}:
    bars = [(proxy, offered, [row[1] for row in rows]) for (name, proxy, offered), rows in figures.items() if name == work]
    most = max(max(values) for *_, values in bars) * 1.1
    height, left, width = 22 * len(bars) + 40, 190, 420
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" width="700" height="{height}" font-family="sans-serif" font-size="13">',
           '<rect width="100%" height="100%" fill="#ffffff"/>',
           f'<text x="10" y="20">{work}: CPU µs per message, median of {sys.argv[2]} runs, lowest and highest</text>']
    for place, (proxy, offered, values) in enumerate(bars):
        y, median = 34 + 22 * place, statistics.median(values)
        x = lambda value: left + width * value / most
        svg += [f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{proxy}, {int(offered):,}/s</text>',
                f'<rect x="{left}" y="{y}" width="{x(median) - left:.1f}" height="16" fill="{colours.get(proxy, "#333333")}"/>',
                f'<path d="M{x(min(values)):.1f} {y + 8}H{x(max(values)):.1f}" stroke="#000000" stroke-width="1.5"/>',
                f'<text x="{x(max(values)) + 6:.1f}" y="{y + 13}">{median:.1f}</text>']
    with open(f"{sys.argv[3]}/{work}.svg", "w") as file:
        file.write("\n".join(svg + ["</svg>", ""]))
PY
