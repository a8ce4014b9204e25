#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# sipp.sh STIRRUP [CALLS] [RATE]: sipp's built-in UAC calls its built-in UAS through Stirrup, on loopback. Passes only if
# every call succeeds and the caller retransmits nothing (apt-get install sip-tester).
set -euo pipefail
stirrup=$(readlink -f "${1:?usage: sipp.sh STIRRUP [CALLS] [RATE]}")
calls=${2:-1000} rate=${3:-100}
command -v sipp >/dev/null || { echo "sipp.sh: sipp is not installed (apt-get install sip-tester)" >&2; exit 2; }
dir=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$dir"
}
trap finish EXIT

free_ports() { # N: so many free UDP ports, or TCP ones for the admin listener
    python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(int(sys.argv[1]))]
for s in held: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))
PY
}
read -r outside inside uac uas admin <<<"$(free_ports 5)"

cat >"$dir/stirrup.yaml" <<YAML
listen:
  outside: { address: "127.0.0.1:$outside" }
  inside: { address: "127.0.0.1:$inside" }
secret: $dir/secret
peers:
  carrier: { role: carrier, listen: outside, sources: ["127.0.0.1/32"], targets: ["127.0.0.1:$uac"], probe: 0 }
  pbx: { role: pbx, listen: inside, sources: ["127.0.0.1/32"], targets: ["127.0.0.1:$uas"], probe: 0 }
admin: { http: "127.0.0.1:$admin" }
log: { calls: $dir/calls.jsonl }
YAML
"$stirrup" run --config "$dir/stirrup.yaml" >"$dir/stirrup.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do curl -fs "http://127.0.0.1:$admin/healthz" >/dev/null 2>&1 && break; sleep 0.1; done

cd "$dir"
sipp -sn uas -i 127.0.0.1 -p "$uas" -nostdin -trace_err >"$dir/uas.out" 2>&1 &
pids+=($!)
sleep 0.5
status=0
timeout 120 sipp -sn uac -i 127.0.0.1 -p "$uac" -rsa "127.0.0.1:$outside" -s 12155550100 -m "$calls" -r "$rate" -nostdin \
    -trace_stat -stf "$dir/uac.csv" -fd 1 -timeout 110 "127.0.0.1:$outside" >"$dir/uac.out" 2>&1 || status=$?

field() { # the last value of a column of sipp's statistics
    python3 - "$dir/uac.csv" "$1" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1]), delimiter=";"))
print(rows[-1][sys.argv[2]])
PY
}
good=$(field "SuccessfulCall(C)") bad=$(field "FailedCall(C)") again=$(field "Retransmissions(C)")
screened=$(curl -fs "http://127.0.0.1:$admin/metrics" | awk '/^stirrup_calls_total/{n += $NF} END{print n + 0}')
echo "sipp: $good calls succeeded, $bad failed, $again retransmissions; stirrup decided $screened calls"
[ "$status" = 0 ] && [ "$good" = "$calls" ] && [ "$bad" = 0 ] && [ "$again" = 0 ] && [ "$screened" = "$calls" ]
