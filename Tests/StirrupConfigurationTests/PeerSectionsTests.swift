// SPDX-License-Identifier: Apache-2.0

import SIP
import StirrupConfiguration
import Testing

private func peers(_ listen: String, _ peers: String) -> String { "listen:\n\(listen)\npeers:\n\(peers)\n" }

@Suite struct PeerSectionsTests {
    @Test("listen: address, default port, advertised host and port")
    func listeners() throws {
        let text = smallest.replacing("\"203.0.113.10:5060\" }", with: "0.0.0.0, advertise: 203.0.113.10 }")
            .replacing("\"10.0.0.1:5060\" }", with: "\"[2001:db8::1]:5070\", advertise: \"sip.example.com:5080\" }")
            .replacing("[\"10.0.0.10:5060\"]", with: "[\"[2001:db8::2]\"]")
        let listeners = try read(text).listeners
        #expect(listeners.map(\.name) == ["outside", "inside"])
        #expect(listeners[0].address == (try address("0.0.0.0:5060")))
        #expect(listeners[0].advertise?.description == "203.0.113.10:5060")
        #expect(listeners[1].address == (try address("[2001:db8::1]:5070")))
        #expect(listeners[1].advertise?.description == "sip.example.com:5080")
        #expect(listeners[1].position.line == 3)
    }

    @Test(
        "listen: what is no address or host",
        arguments: [
            ("{ address: nowhere }", "2:17 \"nowhere\" is not an IP address with a port"),
            ("{ address: \"192.0.2.1:0\" }", "2:17 \"192.0.2.1:0\" is not an IP address"),
            ("{ address: 0.0.0.0 }", "2:17 0.0.0.0:5060 is every address: \"advertise\" must name"),
            ("{ address: 192.0.2.1, advertise: 1.2.3 }", "2:39 \"1.2.3\" is not a host"),
            ("{ address: 192.0.2.1, advertise: 0.0.0.0 }", "2:39 \"0.0.0.0\" is not a host"),
            ("{ address: 192.0.2.1, advertise: \"a.example:99999\" }", "2:39 \"a.example:99999\" is not a host"),
            ("{ address: 192.0.2.1, advertise: a_b.example }", "2:39 \"a_b.example\" is not a host"),
            ("{}", "2:6 \"address\" is missing here"),
        ])
    func badListener(yaml: String, message: String) {
        let found = faults(
            peers("  a: \(yaml)", "  p: { role: pbx, listen: a, sources: [10.0.0.1], targets: [10.0.0.1] }"))
        #expect(found.count == 1 && found[0].hasPrefix(message), "\(found)")
    }

    @Test("listen: names and addresses are there once; a section without an entry is a fault")
    func listenerNames() {
        let pbx = "  p: { role: pbx, listen: a, sources: [10.0.0.1], targets: [10.0.0.1] }"
        let same = faults(peers("  a: { address: 192.0.2.1 }\n  b: { address: \"192.0.2.1:5060\" }", pbx))
        #expect(same == ["3:17 192.0.2.1:5060 is the address of \"a\" already"])
        let name = faults(peers("  a: { address: 192.0.2.1 }\n  b c: { address: 192.0.2.2 }", pbx))
        #expect(name == ["3:3 \"b c\" is not a name for a listener: letters, digits, \"-\", \"_\" and \".\" only"])
        #expect(
            faults("listen: {}\n" + peers("", pbx).split(separator: "\n").dropFirst().joined(separator: "\n")).count
                == 1)
    }

    @Test("peers: what they say")
    func peerValues() throws {
        let text = smallest.replacing(
            "    sources: [198.51.100.0/28]\n",
            with: """
                    sources: [198.51.100.0/28, "2001:db8:1::/64", "192.0.2.7:5080", "198.51.100.32/28:5070", "[2001:db8::9]:5080"]
                    attest_at_most: B
                    probe: 200ms
                    identity: strip
                    verstat: headers

                """)
        let peer = try read(text).peers[0]
        #expect(peer.role == .carrier && peer.listener == 0 && peer.attestAtMost == .partial)
        #expect(peer.probeMilliseconds == 200 && peer.identity == .strip && peer.verstat == .headers)
        #expect(peer.targets.map(\.address) == [try address("198.51.100.5:5060")])
        #expect(peer.targets.map(\.weight) == [1])
        #expect(
            peer.sources.map(\.description) == [
                "198.51.100.0/28", "2001:db8:1::/64", "192.0.2.7:5080", "198.51.100.32/28:5070", "[2001:db8::9]:5080",
            ])
        #expect(peer.sources.map(\.prefixLength) == [124, 64, 128, 124, 128])
        #expect(peer.sources[0].contains(try address("198.51.100.15:9")))
        #expect(!peer.sources[0].contains(try address("198.51.100.16:9")))
        #expect(!peer.sources[2].contains(try address("192.0.2.7:5060")))
    }

    @Test("peers: a target with a weight, and what is none")
    func weights() throws {
        let text = smallest.replacing(
            "[\"10.0.0.10:5060\"]",
            with: "[10.0.0.10, { address: \"10.0.0.11:5070\", weight: 3 }, { address: 10.0.0.12, weight: 0 }]")
        let targets = try read(text).peers[1].targets
        #expect(targets.map(\.weight) == [1, 3, 0])
        #expect(targets[1].address == (try address("10.0.0.11:5070")))
        for (target, message) in [
            ("{ weight: 3 }", "\"address\" is missing"), ("{ address: 10.0.0.1x }", "is not an IP address"),
            ("{ address: 10.0.0.11, weight: -1 }", "is not a whole number from 0 to 1000"),
            ("{ address: 10.0.0.11, wieght: 2 }", "weight"),
        ] {
            let found = faults(smallest.replacing("[\"10.0.0.10:5060\"]", with: "[\(target)]"))
            #expect(found.count == 1 && found[0].contains(message), "\(found)")
        }
    }

    @Test("peers: contacts, none, and what is no network")
    func contacts() throws {
        func peers(_ value: String) throws -> [Configuration.Peer] {
            try read(smallest.replacing("role: pbx,", with: "role: pbx, contacts: \(value),")).peers
        }
        let listed = try peers(#"[10.0.0.64/27, "10.0.0.9:5062"]"#)
        #expect(listed[0].contacts == nil)
        #expect(listed[1].contacts?.map(\.description) == ["10.0.0.64/27", "10.0.0.9:5062"])
        #expect(try peers("[]")[1].contacts?.isEmpty == true)
        let found = faults(smallest.replacing("role: pbx,", with: "role: pbx, contacts: [desk],"))
        #expect(found.count == 1 && found[0].contains("is not a network"), "\(found)")
    }

    @Test("peers: limits, and what is none")
    func limits() throws {
        let text = smallest.replacing("role: pbx,", with: "role: pbx, limit: 200/s, limit_per_source: 30/min, limit_out: 5/s,")
        let peers = try read(text).peers
        #expect(peers[0].limit == nil && peers[0].limitPerSource == nil)
        #expect(peers[1].limit?.count == 200 && peers[1].limit?.milliseconds == 1000)
        #expect(peers[1].limitPerSource?.count == 30 && peers[1].limitPerSource?.milliseconds == 60_000)
        #expect(peers[0].limitOut == nil && peers[1].limitOut?.count == 5 && peers[1].limitOut?.milliseconds == 1000)
        for bad in ["0/s", "5", "-1/s", "5/day", "many"] {
            let found = faults(smallest.replacing("role: pbx,", with: "role: pbx, limit: \(bad),"))
            #expect(found.count == 1 && found[0].contains("is not a rate"), "\(found)")
        }
    }

    @Test("peers: defaults by role")
    func peerDefaults() throws {
        let peers = try read(smallest).peers
        #expect(peers.map(\.verstat) == [.off, .user])
        #expect(peers.map(\.probeMilliseconds) == [10_000, 10_000])
        #expect(peers.map(\.attestAtMost) == [.full, .full])
        #expect(peers.map(\.identity) == [.keep, .keep])
    }

    @Test(
        "peers: values that are none",
        arguments: [
            (
                "role: carrier", "role: carier",
                "6:11 \"carier\" is not a role; one of: carrier, pbx; did you mean \"carrier\"?"
            ),
            (
                "listen: outside", "listen: outsid",
                "7:13 no listener is named \"outsid\"; one of: outside, inside; did you mean \"outside\"?"
            ),
            (
                "[198.51.100.0/28]", "[198.51.100.0/33]",
                "8:15 \"198.51.100.0/33\" needs a prefix length from 0 to 32 after the slash"
            ),
            (
                "[198.51.100.0/28]", "[198.51.100.5/28]",
                "8:15 \"198.51.100.5/28\" has address bits behind its prefix; the network is 198.51.100.0/28"
            ),
            (
                "[198.51.100.0/28]", "[sip_1.example.com]",
                "8:15 \"sip_1.example.com\" is not a network such as 198.51.100.0/28, 2001:db8::/64 or 192.0.2.7:5080, nor a name such as sip.carrier.example"
            ),
            ("[198.51.100.0/28]", "[]", "8:14 \"sources\" needs at least one value"),
            (
                "[\"198.51.100.5:5060\"]", "[\"sip:sip.example.com\"]",
                "9:15 \"sip:sip.example.com\" is not an IP address with a port, such as 192.0.2.1:5060 or [2001:db8::1]:5060, nor a name such as sip.carrier.example"
            ),
            ("[\"198.51.100.5:5060\"]", "[224.0.0.1]", "9:15 224.0.0.1:5060 is not an address that a peer can have"),
            (
                "[\"198.51.100.5:5060\"]", "[10.0.0.1]",
                "9:15 10.0.0.1:5060 is our own listener \"inside\": a call sent there would circle"
            ),
            (
                "[\"198.51.100.5:5060\"]", "[\"2001:db8::1\"]",
                "9:15 [2001:db8::1]:5060 cannot be reached from \"outside\", which is IPv4"
            ),
        ])
    func badPeer(old: String, new: String, message: String) {
        #expect(faults(smallest.replacing(old, with: new)) == [message])
    }

    @Test(
        "peers: options that are none",
        arguments: [
            ("verstat: nowhere", "\"nowhere\" is not a value for \"verstat\"; one of: user, uri, headers, off"),
            (
                "identity: stripp",
                "\"stripp\" is not a value for \"identity\"; one of: keep, strip; did you mean \"strip\"?"
            ),
            ("attest_at_most: D", "\"D\" is not a value for \"attest_at_most\"; one of: A, B, C"),
            ("probe: 10", "\"10\" is not a duration such as 500ms, 2s, 10m or 1h"),
            ("probe: 1ms", "\"1ms\" is out of range: 0 or 100ms to 1h"),
        ])
    func badOption(yaml: String, message: String) {
        let found = faults(smallest.replacing("role: pbx,", with: "role: pbx, \(yaml),"))
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test("peers: one source belongs to one peer of a listener")
    func sameSource() throws {
        let other = "  other: { role: carrier, listen: outside, sources: [198.51.100.0/28], targets: [198.51.100.9] }\n"
        #expect(faults(smallest + other) == ["13:54 198.51.100.0/28 is a source of \"carrier-a\" already"])
        _ = try read(smallest + other.replacing("outside", with: "inside"))
        _ = try read(smallest + other.replacing("0/28]", with: "0/29]"))
        _ = try read(smallest + other.replacing("[198.51.100.0/28]", with: "[\"198.51.100.0/28:5060\"]"))
    }

    @Test("peers: sources and targets by name, with a port, a weight, beside addresses")
    func names() throws {
        let text =
            smallest
            .replacing("[198.51.100.0/28]", with: "[198.51.100.0/28, SIP.Carrier.example., \"media.carrier.example:5080\"]")
            .replacing(
                "[\"198.51.100.5:5060\"]",
                with: "[\"198.51.100.5:5060\", sip.carrier.example, { address: \"b.carrier.example:5070\", weight: 0 }]")
        let peer = try read(text).peers[0]
        #expect(peer.sources.count == 1 && peer.targets.count == 1)
        #expect(peer.namedSources.map { "\($0.host)" } == ["sip.carrier.example", "media.carrier.example:5080"])
        #expect(peer.namedTargets.map { "\($0.host)" } == ["sip.carrier.example", "b.carrier.example:5070"])
        #expect(peer.namedTargets.map(\.weight) == [1, 0])
        #expect(peer.namedTargets[0].position.line == 9)
        let only = smallest.replacing("[\"198.51.100.5:5060\"]", with: "[sip.carrier.example]")
        _ = try read(only + "routes: [{ from: pbx, to: carrier-a }]\n")
    }

    @Test(
        "peers: names that are none",
        arguments: ["-a.example", "a..example", "a.example:0", "a.example:66000", "a.b.1", "a b", "*.example", "a.example/24"])
    func badNames(name: String) throws {
        for old in ["[198.51.100.0/28]", "[\"198.51.100.5:5060\"]"] {
            let found = faults(smallest.replacing(old, with: "[\"\(name)\"]"))
            #expect(found.count == 1 && found[0].contains(name), "\(found)")
        }
    }

    @Test("peers: a name is a source of one peer of a listener, and never the proxy's own as a target")
    func namesOfOthers() throws {
        let named = smallest.replacing("[198.51.100.0/28]", with: "[sip.example]")
        let other = "  other: { role: carrier, listen: outside, sources: [SIP.example], targets: [198.51.100.9] }\n"
        #expect(faults(named + other) == ["13:54 sip.example is a source of \"carrier-a\" already"])
        _ = try read(named + other.replacing("SIP.example", with: "\"sip.example:5080\""))
        let own = smallest.replacing("{ address: \"10.0.0.1", with: "{ advertise: proxy.example, address: \"10.0.0.1")
            .replacing("[\"198.51.100.5:5060\"]", with: "[proxy.example]")
        let found = faults(own)
        #expect(found.count == 1 && found[0].contains("is our own listener"), "\(found)")
    }

    @Test("routes: role or peer, prefix, target")
    func routes() throws {
        let text =
            "routes:\n  - { from: pbx, prefix: \"+44\", to: carrier-a }\n  - { prefix: +49*, to: pbx }\n  - { from: carrier-a, to: pbx }\n"
        let routes = try read(smallest + text).routes
        #expect(routes.map(\.from) == [.role(.pbx), nil, .peer(0)])
        #expect(routes.map(\.prefix) == [try number("44"), try number("49"), nil])
        #expect(routes.map(\.to) == [0, 1, 1])
    }

    @Test("routes: what is not there")
    func badRoutes() {
        let found = faultsBehindSmallest("routes:\n  - { from: carier, to: carrier-b }\n  - { prefix: none }\n")
        #expect(
            found == [
                "2:13 \"carier\" is not a role or a peer; one of: carrier, carrier-a, pbx; did you mean \"carrier\"?",
                "2:25 no peer is named \"carrier-b\"; one of: carrier-a, pbx; did you mean \"carrier-a\"?",
                "3:5 \"to\" is missing here",
                "3:15 \"none\" is not the beginning of a number, such as +44",
            ])
    }

    @Test("A faulty peer is still there for those who refer to it")
    func noFollowUpFaults() {
        let text =
            smallest.replacing("role: carrier", with: "role: carier") + "routes: [{ from: pbx, to: carrier-a }]\n"
        #expect(faults(text).count == 1)
    }
}
