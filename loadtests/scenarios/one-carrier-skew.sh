# SPDX-License-Identifier: Apache-2.0
#
# One carrier has nearly all the calls: 95 of 100 signatures are made with one key, and all calls come from one address.
#
# Must show: they are verified as well as if they came from many: no loss, right verdicts, p99 to the PBX below 50 ms.
laboratory 20
proxy </dev/null
load skew --answer "127.0.0.1:$pbx" --rate "${RATE:-4000}" --for "${seconds}s" --lab "$dir/lab" --skew 95 \
    --certificates "http://127.0.0.1:$web" --mix A=60,B=20,C=20
must "no call is lost" is skew 'calls["lost"] == 0'
must "every verdict is right" is skew 'wrongVerdicts == 0 and unverified == 0 and wrongRefusals == 0'
must "p99 to the PBX is below 50 ms" is skew 'arrival["p99"] < 50000'
