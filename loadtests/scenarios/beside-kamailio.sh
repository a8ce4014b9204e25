# SPDX-License-Identifier: Apache-2.0
#
# The same load through Stirrup and through Kamailio, each alone on one core, ever more until calls are lost.
#
# Must show: Stirrup carries at least as much as Kamailio, without signatures and verifying them. Kamailio forwards stateless;
# it verifies with secsipid and one key, without looking at the chain (apt-get install kamailio kamailio-secsipid-modules; what
# is not installed is left out). MOST_LOST is what may be lost, turned away or left unverified of a load that is still carried, a
# share: 0.001. STEP is how many seconds each load has: 4. A load that fails is tried once more, for other programs' sake.
most_lost=${MOST_LOST:-0.001} terse=yes
[ "$(nproc)" -lt 2 ] || proxy_core=0 load_core=1
laboratory 1
openssl x509 -in "$dir/lab/C001.pem" -pubkey -noout >"$dir/C001.pub"
(cd "$dir/lab" && exec "$stirload" certificates . "http://127.0.0.1:$web" 2>/dev/null) &
pids+=($!)
modules=$(dirname "$(find /usr/lib -name sl.so -path '*kamailio*' 2>/dev/null | head -1)")

kamailio_proxy() { # WORK
    local verify="" module=""
    if [ "$1" = verify ]; then
        [ -r "$modules/secsipid.so" ] || return 1
        module='loadmodule "secsipid.so"'
        verify="if (is_method(\"INVITE\") && secsipid_check_identity(\"$dir/C001.pub\")) append_hf(\"P-Attestation-Indicator: A\\r\\n\");"
    fi
    cat >"$dir/kamailio.cfg" <<CFG
debug=0
log_stderror=yes
fork=yes
children=1
auto_aliases=no
dns=no
rev_dns=no
disable_tcp=yes
listen=udp:$target
mpath="$modules/"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "rr.so"
loadmodule "textops.so"
$module
request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (is_method("INVITE")) record_route();
    $verify
    \$du = "sip:127.0.0.1:$pbx";
    forward();
}
CFG
    ${proxy_core:+taskset -c "$proxy_core"} kamailio -X tlsf -x tlsf -f "$dir/kamailio.cfg" -DD -E -m 256 -M 16 >"$dir/kamailio.log" 2>&1 &
    proxy_pid=$!
    pids+=("$proxy_pid")
    sleep 2
    kill -0 "$proxy_pid" 2>/dev/null
}

ticks() { # of a process and its children
    local sum=0 process
    for process in "$1" $(pgrep -P "$1" || true); do
        sum=$((sum + $(sed 's/.*) //' "/proc/$process/stat" | awk '{print $12 + $13}')))
    done
    echo "$sum"
}

step() { # PROXY WORK MIX RATE: prints a row; whether the load was carried
    local proxy=$1 work=$2 mix=$3 rate=$4 before after
    before=$(ticks "$proxy_pid")
    load step --answer "127.0.0.1:$pbx" --rate "$rate" --for "${STEP:-4}s" --mix "$mix" --pool 20000 "${signing[@]}" "${verdicts[@]}"
    after=$(ticks "$proxy_pid")
    printf '%-10s %-8s %9d %9.0f %8.3f%% %8.3f%% %9.0f %9.0f %9.1f  %s\n' "$proxy" "$work" "$rate" \
        "$(of step 'kinds[0]["arrived"] / seconds')" "$(of step '100 * calls["lost"] / calls["placed"]')" \
        "$(of step '100 * kinds[0]["refused"] / calls["placed"]')" \
        "$(of step 'arrival["p50"] if arrival else 0')" "$(of step 'arrival["p99"] if arrival else 0')" \
        "$(of step "($after - $before) * 10000 / max(1, kinds[0]['arrived'])")" "$(of step '"; ".join(limits)')"
    is step "kinds[0]['arrived'] - unverified >= (1 - $most_lost) * calls['placed']"
}

carried() { # PROXY WORK MIX RATE…: loads of ever higher rates, of which it keeps the highest that was carried
    local proxy=$1 work=$2 mix=$3 rate
    shift 3
    # What the first calls need is there before anything counts: certificates, tables, memory.
    load warm --answer "127.0.0.1:$pbx" --rate 1000 --for 2s --mix "$mix" "${signing[@]}" "${verdicts[@]}"
    for rate; do
        step "$proxy" "$work" "$mix" "$rate" || step "$proxy" "$work" "$mix" "$rate" || return 0
        best["$proxy $work"]=$rate
    done
}

declare -A best=()
printf '%-10s %-8s %9s %9s %9s %9s %9s %9s %9s\n' proxy work offered/s arrived/s lost refused p50_us p99_us cpu_us
for work in screen verify; do
    signing=() mix=unsigned=1 rates="5000 10000 15000 20000 25000 30000 40000 50000 60000 70000 80000 90000 100000"
    if [ "$work" = verify ]; then
        signing=(--lab "$dir/lab" --certificates "http://127.0.0.1:$web" --no-publish)
        mix=A=1 rates="1000 2000 3000 4000 6000 8000 10000 12500 15000 17500 20000 25000 30000"
    fi
    for which in kamailio stirrup; do
        if [ "$which" = kamailio ]; then
            command -v kamailio >/dev/null && kamailio_proxy "$work" || continue
            # It marks no verdict as Stirrup does.
            verdicts=(--ignore-verdicts)
        else
            verdicts=()
            proxy </dev/null
        fi
        # shellcheck disable=SC2086
        carried "$which" "$work" "$mix" $rates
        kill "$proxy_pid"
        wait "$proxy_pid" 2>/dev/null || true
    done
    echo "carried, $work: Stirrup ${best["stirrup $work"]:-0}, Kamailio ${best["kamailio $work"]:-not measured} calls a second"
    must "Stirrup carries at least as much, $work" [ "${best["stirrup $work"]:-0}" -ge "${best["kamailio $work"]:-1}" ]
done
