# SPDX-License-Identifier: Apache-2.0
#
# A trunk's busy hour: whole calls, most of them signed, more every second and then as many as ever.
#
# Must show: no call is lost, none is sent again, every verdict is the right one, and p99 to the PBX stays below 50 ms.
laboratory 20
proxy </dev/null
rate=${RATE:-1000}
load peak --answer "127.0.0.1:$pbx" --flow call --ring 200ms --hold 2s --lab "$dir/lab" --certificates "http://127.0.0.1:$web" \
    --profile "${seconds}s@$((rate / 10))-$rate,${seconds}s@$rate" --mix A=45,B=20,C=15,unsigned=20 --sources 20
must "no call is lost" is peak 'calls["lost"] == 0 and calls["answered"] == calls["placed"]'
must "nothing is sent again" is peak 'datagrams["retransmissions"] == 0'
must "every verdict is right" is peak 'wrongVerdicts == 0 and unverified == 0 and wrongRefusals == 0'
must "p99 to the PBX is below 50 ms" is peak 'arrival["p99"] < 50000'
