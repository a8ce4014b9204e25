# SPDX-License-Identifier: Apache-2.0
#
# A list of ten million numbers, which is read again while calls come. NUMBERS changes how many.
#
# Must show: every listed call is turned away and no other; reading the list again loses no call and keeps p99 below 50 ms.
count=${NUMBERS:-10000000}
python3 - "$dir/lists/numbers.txt" "$count" <<'PY'
import sys
path, count = sys.argv[1], int(sys.argv[2])
with open(path, "w") as file:
    for start in range(0, count, 100000):
        file.write("".join(f"+1415{2000000 + n}\n" if n < 8000000 else f"+1416{2000000 + n - 8000000}\n"
                           for n in range(start, min(count, start + 100000))))
PY
shuf -n 10000 "$dir/lists/numbers.txt" >"$dir/sample.txt"
started=$(date +%s)
proxy <<YAML
lists: { blocked: { kind: numbers, source: $dir/lists/numbers.txt } }
policy:
  rules: [{ name: listed, when: { from: carrier, caller: { list: blocked } }, then: { reject: 603 } }]
YAML
echo "ready within $(($(date +%s) - started)) s; $(awk '/VmRSS/ {print $2 / 1024 " MiB"}' "/proc/$proxy_pid/status") resident"
(
    sleep "$((seconds / 3))"
    touch "$dir/lists/numbers.txt"
    "$stirrup" reload --socket "$dir/control.sock" >"$dir/reload.txt" 2>&1 || echo failed >>"$dir/reload.txt"
) &
reloading=$!
load calls --answer "127.0.0.1:$pbx" --rate "${RATE:-3000}" --for "${seconds}s" --mix unsigned=50,listed=50 --listed "$dir/sample.txt"
wait "$reloading"
must "the list was read again" [ -z "$(grep failed "$dir/reload.txt" || true)" ]
must "every listed call is turned away" is calls 'kind["listed"]["refused"] == kind["listed"]["placed"]'
must "every other call arrives" is calls 'kind["unsigned"]["arrived"] == kind["unsigned"]["placed"]'
must "p99 to the PBX is below 50 ms" is calls 'arrival["p99"] < 50000'
