# SPDX-License-Identifier: Apache-2.0
#
# The same calls by sipp and by stirload, on either side, through Stirrup (apt-get install sip-tester).
#
# Must show: whoever calls and whoever answers, all of them succeed, and both say so.
command -v sipp >/dev/null || { echo "scenario: sipp is not installed (apt-get install sip-tester)" >&2; exit 2; }
rate=${RATE:-1000}
calls=$((rate * seconds))
proxy </dev/null
sipp_port=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

sipp_calls() { # NAME: how many calls succeeded, of those that sipp placed
    (cd "$dir" && timeout $((seconds + 60)) sipp -sn uac -i 127.0.0.1 -p "$sipp_port" -rsa "$target" -s 12152000000 -m "$calls" \
        -r "$rate" -nostdin -trace_stat -stf "$1.csv" -fd 1 "$target" >"$1.out" 2>&1) || true
    python3 - "$dir/$1.csv" <<'PY'
import csv, sys
print(list(csv.DictReader(open(sys.argv[1]), delimiter=";"))[-1]["SuccessfulCall(C)"])
PY
}

(cd "$dir" && exec sipp -sn uas -i 127.0.0.1 -p "$pbx" -nostdin >uas.out 2>&1) &
answering=$!
sleep 0.5
must "sipp to sipp" [ "$(sipp_calls both)" = "$calls" ]
load placed --flow call --rate "$rate" --for "${seconds}s"
must "stirload to sipp" is placed "calls['answered'] == calls['placed'] == $calls and kinds[0]['succeeded'] == $calls"
kill "$answering"
wait "$answering" 2>/dev/null || true
"$stirload" answer "127.0.0.1:$pbx" >"$dir/answer.txt" 2>&1 &
answering=$!
pids+=("$answering")
sleep 0.5
must "sipp to stirload" [ "$(sipp_calls mixed)" = "$calls" ]
kill -INT "$answering"
wait "$answering" || true
cat "$dir/answer.txt"
must "stirload has seen as many" grep -q "^$(python3 -c "print(f'{$calls:,}')") calls" "$dir/answer.txt"
load own --answer "127.0.0.1:$pbx" --flow call --rate "$rate" --for "${seconds}s"
must "stirload to stirload" is own "calls['answered'] == calls['placed'] == $calls"
