# SPDX-License-Identifier: Apache-2.0
#
# One of two PBXs dies while calls come.
#
# Must show: new calls go to the other one; of all calls no more are lost than were in the hands of the one that died.
targets="\"127.0.0.1:$pbx\", \"127.0.0.1:$second\"" probe=1s
rate=${RATE:-500}
"$stirload" answer "127.0.0.1:$pbx" --ignore-verdicts >"$dir/first.txt" 2>&1 &
pids+=($!)
"$stirload" answer "127.0.0.1:$second" --ignore-verdicts >"$dir/second.txt" 2>&1 &
dying=$!
pids+=("$dying")
sleep 0.5
proxy </dev/null
sleep 1.5
(
    sleep "$((seconds / 2))"
    kill -9 "$dying"
) &
# Nothing is held: what the dead one had answered already is over.
load calls --flow call --rate "$rate" --for "${seconds}s"
must "calls went on" is calls 'calls["answered"] > 0.9 * calls["placed"]'
must "what is lost was with the dead one: 50 ms of calls at most" is calls "calls[\"lost\"] <= $rate * 0.05"
