#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# two-nodes.sh [STIRRUP [STIRLOAD]]: two nodes that share their addresses and their secret behind equal-cost routes, in
# network namespaces. What belongs to one call comes through whichever node the router's hash chooses: requests of the carrier
# through one, answers of the PBX through another. Needs root and iproute2.
#
# Must show: every call succeeds and nothing is retransmitted, although one node forwards what the other has never seen; and
# calls go on, through the node that is left, when the other is taken out of the routes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
stirrup=$(readlink -f "${1:-$here/../.build/release/stirrup}")
stirload=$(readlink -f "${2:-$here/../.build/release/stirload}")
[ "$(id -u)" = 0 ] && command -v ip >/dev/null || { echo "two-nodes: network namespaces need root and iproute2" >&2; exit 2; }
rate=${RATE:-200} seconds=${SECONDS_EACH:-10}
outside=203.0.113.10 inside=203.0.113.20 carrier=198.51.100.5 pbx=192.0.2.10
dir=$(mktemp -d) pids=() failed=0
spaces=("router$$" "one$$" "two$$")
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    for space in "${spaces[@]}"; do ip netns del "$space" 2>/dev/null || true; done
    rm -rf "$dir"
}
trap finish EXIT
within() { local space=$1; shift; ip netns exec "$space" "$@"; }
must() {
    local text=$1
    shift
    if "$@"; then echo "good: $text"; else
        echo "BAD:  $text ($*)"
        failed=1
    fi
}

for space in "${spaces[@]}"; do
    ip netns add "$space"
    within "$space" ip link set lo up
    within "$space" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
done
router=${spaces[0]}
# By address and port: the requests of one carrier stay together, the answers to them go by a hash of their own.
within "$router" sysctl -qw net.ipv4.fib_multipath_hash_policy=1
within "$router" ip addr add $carrier/32 dev lo
within "$router" ip addr add $pbx/32 dev lo
for number in 1 2; do
    node=${spaces[$number]}
    ip link add "r$number" netns "$router" type veth peer name eth0 netns "$node"
    within "$router" ip addr add "10.0.$number.1/24" dev "r$number"
    within "$router" ip link set "r$number" up
    within "$node" ip addr add "10.0.$number.2/24" dev eth0
    within "$node" ip link set eth0 up
    within "$node" ip route add default via "10.0.$number.1"
    within "$node" ip addr add $outside/32 dev lo
    within "$node" ip addr add $inside/32 dev lo
done
routes() { # to these nodes
    local hops=() number address
    for number in "$@"; do hops+=(nexthop via "10.0.$number.2" dev "r$number" weight 1); done
    for address in $outside $inside; do within "$router" ip route replace "$address/32" "${hops[@]}"; done
}
routes 1 2

head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$dir/secret"
echo >>"$dir/secret"
chmod 600 "$dir/secret"
for number in 1 2; do
    cat >"$dir/$number.yaml" <<YAML
listen:
  outside: { address: "$outside:5060" }
  inside: { address: "$inside:5060" }
secret: $dir/secret
peers:
  carrier: { role: carrier, listen: outside, sources: [198.51.100.0/24], targets: ["$carrier:5060"], probe: 0 }
  pbx: { role: pbx, listen: inside, sources: [192.0.2.0/24], targets: ["$pbx:5060"], probe: 0 }
admin: { http: "127.0.0.1:8060", socket: $dir/control$number.sock }
YAML
    within "${spaces[$number]}" "$stirrup" run --config "$dir/$number.yaml" >"$dir/node$number.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 100); do
        within "${spaces[$number]}" curl -fs http://127.0.0.1:8060/healthz >/dev/null 2>&1 && break
        sleep 0.1
    done
done

within "$router" "$stirload" answer "$pbx:5060" --ignore-verdicts >"$dir/answer.txt" 2>&1 &
pids+=($!)
sleep 0.5
count() { # NODE METRIC: what its metrics that begin so add up to
    within "${spaces[$1]}" curl -fs http://127.0.0.1:8060/metrics | awk -v begin="^$2" '$0 ~ begin {n += $NF} END {printf "%.0f\n", n}'
}
load() { # NAME PORT: whole calls from that port of the carrier
    within "$router" "$stirload" --target $outside:5060 --from "$carrier:$2" --flow call --hold 200ms --rate "$rate" \
        --for "${seconds}s" --quiet --json "$dir/$1.json" >"$dir/$1.txt" 2>&1 || true
}
of() { python3 -c 'import json, sys; print(eval(sys.argv[2], json.load(open(sys.argv[1]))))' "$dir/$1.json" "$2"; }
shares() {
    for number in 1 2; do
        echo "   node $number: $(count $number 'stirrup_requests_forwarded_total') requests," \
            "$(count $number 'stirrup_responses_forwarded_total') responses forwarded"
    done
}

# A port whose requests come through another node than the answers: which one is, the hash knows.
crossed=0
for port in $(seq 20001 20016); do
    load crossing "$port"
    shares
    must "every call from port $port succeeds" test "$(of crossing 'calls["answered"] == calls["placed"] > 0')" = True
    must "nothing was retransmitted" test "$(of crossing 'datagrams["retransmissions"]')" = 0
    requests=$(count 1 'stirrup_requests_forwarded_total') answers=$(count 1 'stirrup_responses_forwarded_total')
    others=$(count 2 'stirrup_requests_forwarded_total')
    # Requests came through both nodes, or answers through one that forwarded none of their requests.
    if { [ "$requests" -gt 0 ] && [ "$others" -gt 0 ]; } || { [ "$requests" = 0 ] && [ "$answers" -gt 0 ]; } \
        || { [ "$others" = 0 ] && [ "$(count 2 'stirrup_responses_forwarded_total')" -gt 0 ]; }; then
        crossed=1
        break
    fi
done
must "what one node forwarded came back through the other" test $crossed = 1
for number in 1 2; do
    must "node $number dropped no answer to what the other had sent" test "$(count $number 'stirrup_dropped_total{reason="forged_branch"')" = 0
done

(
    sleep "$((seconds / 2))"
    routes 2
) &
load failover "$port"
shares
must "node 1 left in the midst of calls: every call succeeds" test "$(of failover 'calls["answered"] == calls["placed"] > 0')" = True
exit $failed
