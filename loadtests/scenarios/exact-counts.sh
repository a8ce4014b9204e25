# SPDX-License-Identifier: Apache-2.0
#
# Does the generator count right? What it says it sent and received beside what the kernel says, and what Stirrup says.
#
# Must show: without a proxy between them the generator's counts are the kernel's; with Stirrup, that the two together have
# sent and received what the kernel counted. Needs a network namespace of its own: run as root.
[ -n "${SCENARIO_NETNS:-}" ] || { echo "scenario: exact-counts needs a network namespace, so it has to be run by root" >&2; exit 2; }
rate=${RATE:-20000}
load direct --target "127.0.0.1:$pbx" --answer "127.0.0.1:$pbx" --rate "$rate" --for "${seconds}s" --sources 10 --allow-loss 1
must "what it sent is what the kernel sent" is direct 'datagrams["sent"] == kernel["sent"] == calls["placed"]'
must "what it received is what the kernel delivered" is direct 'datagrams["received"] == kernel["received"]'
must "what it lost did not fit a buffer, and it says so" is direct 'calls["lost"] == kernel["receiveBufferErrors"] == datagrams["receiveDrops"]'
proxy </dev/null
load proxied --answer "127.0.0.1:$pbx" --flow call --hold 200ms --rate "$((rate / 20))" --for "${seconds}s" --sources 10
received=$(metric 'stirrup_datagrams_received_total')
must "the two have received what the kernel delivered" is proxied "datagrams['received'] + $received == kernel['received']"
must "every call has its seven datagrams, each way" is proxied 'datagrams["sent"] == datagrams["received"] == 7 * calls["placed"]'
