# SPDX-License-Identifier: Apache-2.0
#
# A storm of robocalls: four of five calls are spoofed, tampered with, listed or no calls at all.
#
# Must show: none of these reaches the PBX, every good call does, and the storm costs good calls no more than 50 ms at p99.
laboratory 20
printf '+1900*\n' >"$dir/lists/blocked.txt"
proxy <<YAML
lists: { blocked: { kind: numbers, source: $dir/lists/blocked.txt } }
policy:
  rules:
    - { name: listed, when: { from: carrier, caller: { list: blocked } }, then: { reject: 603 } }
    - { name: bad-signature, when: { verstat: failed }, then: reject }
YAML
load storm --answer "127.0.0.1:$pbx" --rate "${RATE:-3000}" --for "${seconds}s" --lab "$dir/lab" --sources 50 \
    --certificates "http://127.0.0.1:$web" --mix A=10,B=5,C=5,spoofed=30,tampered=15,stale=5,listed=20,garbage=10
must "nothing bad reaches the PBX" is storm 'sum(kind[k]["arrived"] for k in ("spoofed", "tampered", "stale", "listed", "garbage")) == 0'
must "every good call does" is storm 'all(kind[k]["arrived"] == kind[k]["placed"] for k in "ABC")'
must "no call is without an answer" is storm 'calls["lost"] == 0 and wrongVerdicts == 0 and unverified == 0 and wrongRefusals == 0'
must "p99 to the PBX is below 50 ms" is storm 'arrival["p99"] < 50000'
