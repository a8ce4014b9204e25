# SPDX-License-Identifier: Apache-2.0
#
# Certificate servers that take a connection and never answer, for as many calls as there are good ones beside them.
#
# Must show: good calls are neither lost nor unverified nor later than 50 ms at p99, while the others are held and end without
# a pass. `blackhole.py` has the same with each call another URL.
laboratory 20
mkdir "$dir/holes"
cp -r "$dir/lab/trust" "$dir"/lab/*.pem "$dir"/lab/*.key "$dir/holes"
hole=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 - "$hole" <<'PY' &
import socket, sys, time
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(4096)
held = []
while True: held.append(listener.accept()[0])
PY
pids+=($!)
proxy </dev/null
rate=${RATE:-1000}
"$stirload" --target "$target" --from 127.0.0.1:0 --flow invite --rate "$rate" --for "${seconds}s" --lab "$dir/holes" --no-publish \
    --certificates "http://127.0.0.1:$hole" --mix A=1 --allow-loss 1 --quiet --json "$dir/holed.json" >"$dir/holed.txt" 2>&1 &
holed=$!
load good --answer "127.0.0.1:$pbx" --rate "$rate" --for "${seconds}s" --lab "$dir/lab" --certificates "http://127.0.0.1:$web" \
    --mix A=60,B=20,C=20
wait "$holed" || true
must "no good call is lost" is good 'calls["lost"] == 0'
must "every good call is verified" is good 'wrongVerdicts == 0 and unverified == 0 and wrongRefusals == 0'
must "p99 to the PBX is below 50 ms" is good 'arrival["p99"] < 50000'
must "the others were not passed" [ "$(metric 'stirrup_calls_total.*verstat="passed"')" = "$(of good 'calls["placed"]')" ]
