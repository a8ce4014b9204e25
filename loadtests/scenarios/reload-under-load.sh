# SPDX-License-Identifier: Apache-2.0
#
# A configuration that is read again every second, and a list that changes, while calls come.
#
# Must show: no call is lost, none is sent again, no verdict is wrong, and the new list is in force at the end.
laboratory 10
printf '+1900*\n' >"$dir/lists/blocked.txt"
proxy <<YAML
lists: { blocked: { kind: numbers, source: $dir/lists/blocked.txt } }
policy:
  rules: [{ name: listed, when: { from: carrier, caller: { list: blocked } }, then: { reject: 603 } }]
YAML
(
    for number in $(seq "$((seconds - 1))"); do
        sleep 1
        printf '+1900*\n+1901%03d*\n' "$number" >"$dir/lists/new.txt"
        mv "$dir/lists/new.txt" "$dir/lists/blocked.txt"
        "$stirrup" reload --socket "$dir/control.sock" >/dev/null && echo "$number" >>"$dir/reloads.txt"
    done
) &
reloading=$!
load calls --answer "127.0.0.1:$pbx" --flow call --hold 1s --rate "${RATE:-800}" --for "${seconds}s" --lab "$dir/lab" \
    --certificates "http://127.0.0.1:$web" --mix A=50,unsigned=30,listed=20
wait "$reloading"
must "it was read again every second" [ "$(wc -l <"$dir/reloads.txt")" = "$((seconds - 1))" ]
must "no call is lost" is calls 'calls["lost"] == 0'
must "nothing is sent again" is calls 'datagrams["retransmissions"] == 0'
must "no verdict is wrong" is calls 'wrongVerdicts == 0 and unverified == 0 and wrongRefusals == 0'
must "every listed call is turned away" is calls 'kind["listed"]["refused"] == kind["listed"]["placed"]'
