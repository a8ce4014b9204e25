#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# sipp.sh STIRRUP [CALLS] [RATE] [GARBAGE]: sipp's built-in UAC calls its built-in UAS through Stirrup, on loopback. Passes
# only if every call succeeds and the caller retransmits nothing (apt-get install sip-tester). With GARBAGE so many datagrams
# a second come beside the calls from strangers' addresses: noise, cut messages, and requests to answer which would be wrong;
# then a call may be repaired by a retransmission, but none may be lost.
set -euo pipefail
stirrup=$(readlink -f "${1:?usage: sipp.sh STIRRUP [CALLS] [RATE] [GARBAGE]}")
calls=${2:-1000} rate=${3:-100} garbage=${4:-0}
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
if [ "$garbage" -gt 0 ]; then
    python3 - "$outside" "$garbage" $((calls / rate + 1)) 2>"$dir/garbage.out" <<'PY' &
import os, random, socket, sys, time
port, rate, seconds = map(int, sys.argv[1:])
invite = (b"INVITE sip:+12155550100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKx;rport\r\n"
          b"Max-Forwards: 70\r\nFrom: <sip:+13125550142@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n")
kinds = [os.urandom(40), os.urandom(700), invite[:90], invite, invite.replace(b"INVITE", b"OPTIONS"), b"\r\n\r\n",
         b"SIP/2.0 200 OK\r\n" + invite.split(b"\r\n", 1)[1]]
senders = []
for number in range(100):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.bind((f"127.0.1.{number + 1}", 0))
    sender.connect(("127.0.0.1", port))
    senders.append(sender.send)
start, sent, total = time.monotonic(), 0, rate * seconds
while sent < total:
    due = min(total, int((time.monotonic() - start) * rate))
    for number in range(sent, due):
        try: senders[number % 100](kinds[number % 7])
        except OSError: pass
    if due == sent: time.sleep(0.0005)
    sent = due
print(f"garbage: {sent} datagrams in {time.monotonic() - start:.1f} s", file=sys.stderr)
PY
    garbage_pid=$!
    pids+=("$garbage_pid")
fi
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
if [ "$garbage" -gt 0 ]; then
    wait "$garbage_pid"
    cat "$dir/garbage.out"
    curl -fs "http://127.0.0.1:$admin/metrics" | grep -E '^stirrup_(datagrams_received|kernel_drops|shed)_total|reason="(unknown_source|overload)"' | grep -v ' 0$'
    again=0
fi
[ "$status" = 0 ] && [ "$good" = "$calls" ] && [ "$bad" = 0 ] && [ "$again" = 0 ] && [ "$screened" = "$calls" ]
