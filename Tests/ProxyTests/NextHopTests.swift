// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// RFC 3261 §16.5, §16.11: one target, from what does not change; rendezvous hashing over those that live.
@Suite struct NextHopTests {
    private static let addresses = (10...14).map { Bench.address("10.0.0.\($0):5060") }
    private static let calls = 10_000

    /// A PBX with these targets.
    private func snapshot(_ addresses: [TransportAddress]) -> Snapshot {
        Bench.snapshot { parts in
            parts.targets = [Target(address: Bench.carrier, peer: 0)] + addresses.map { Target(address: $0, peer: 1) }
            parts.peers[1] = Peer(
                name: "pbx", role: .pbx, listener: 1, targets: Array(1..<(addresses.count + 1)), verstatPlace: .user)
        }
    }

    /// Where each of `count` calls goes.
    private func targets(_ snapshot: Snapshot, count: Int = calls) throws -> [TransportAddress] {
        var result: [TransportAddress] = []
        result.reserveCapacity(count)
        for number in 0..<count {
            let text = "call-\(number)@198.51.100.5"
            let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
            let hop = NextHop.target(of: 1, bytes.span, callID: ByteRange(0, text.utf8.count), snapshot: snapshot, at: 0)
            result.append(try #require(hop).address)
        }
        return result
    }

    @Test("every target gets its share of 10,000 calls")
    func share() throws {
        let chosen = try targets(snapshot(Self.addresses))
        let counts = Dictionary(grouping: chosen) { $0 }.mapValues(\.count)
        #expect(Set(counts.keys) == Set(Self.addresses))
        for (address, count) in counts { #expect((1_800...2_200).contains(count), "\(address): \(count)") }
    }

    @Test("a target's share is its share of the weights; one that grows takes calls and gives none")
    func weights() throws {
        func weighted(_ weights: [Int]) -> Snapshot {
            Bench.snapshot { parts in
                parts.targets = [Target(address: Bench.carrier, peer: 0)]
                for (address, weight) in zip(Self.addresses, weights) {
                    parts.targets.append(Target(address: address, peer: 1, weight: weight))
                }
                parts.peers[1] = Peer(
                    name: "pbx", role: .pbx, listener: 1, targets: Array(1...weights.count), verstatPlace: .user)
            }
        }
        let chosen = try targets(weighted([1, 2, 5]))
        let counts = Self.addresses.map { address in chosen.count { $0 == address } }
        #expect((1_100...1_400).contains(counts[0]) && (2_300...2_700).contains(counts[1]) && counts[2] > 6_000)
        for (was, now) in zip(chosen, try targets(weighted([1, 2, 9]))) { #expect(was == now || now == Self.addresses[2]) }
        #expect(try targets(weighted([7, 7, 7])) == targets(weighted([1, 1, 1])))
        let standby = weighted([0, 1, 1])
        #expect(try !targets(standby).contains(Self.addresses[0]))
        let othersDown = standby.with(isDown: standby.targets.map { Self.addresses[1...].contains($0.address) })
        #expect(try Set(targets(othersDown, count: 100)) == [Self.addresses[0]])
    }

    @Test("a drained target gets calls only when every other is down, and moves no other calls")
    func drained() throws {
        let all = snapshot(Self.addresses), drained = all.with(drained: [Self.addresses[2]], isDraining: false)
        for (was, now) in zip(try targets(all), try targets(drained)) {
            #expect(was == Self.addresses[2] ? now != was : now == was)
        }
        let othersDown = drained.with(isDown: all.targets.map { $0.address != Self.addresses[2] })
        #expect(try Set(targets(othersDown, count: 100)) == [Self.addresses[2]])
        #expect(try targets(drained.with(drained: [], isDraining: false)) == targets(all))
    }

    @Test("the order of targets in the configuration does not matter")
    func order() throws {
        #expect(try targets(snapshot(Self.addresses)) == targets(snapshot(Self.addresses.reversed())))
    }

    @Test("the removal of a target moves its calls and no others", arguments: addresses)
    func removal(gone: TransportAddress) throws {
        let before = try targets(snapshot(Self.addresses))
        let after = try targets(snapshot(Self.addresses.filter { $0 != gone }))
        for (was, now) in zip(before, after) { #expect(was == gone ? now != gone : now == was) }
    }

    @Test("a target that is down is avoided and moves no other calls; up again, all is as before")
    func health() throws {
        let all = snapshot(Self.addresses)
        let isDown = all.targets.map { $0.address == Self.addresses[2] }
        let before = try targets(all), during = try targets(all.with(isDown: isDown))
        #expect(!during.contains(Self.addresses[2]))
        for (was, now) in zip(before, during) where was != Self.addresses[2] { #expect(was == now) }
        #expect(try targets(all.with(isDown: isDown).with(isDown: isDown.map { _ in false })) == before)
    }

    @Test("with every target down no call goes anywhere (INTERFACE §2.2 rule 4)", arguments: [1, 5])
    func allDown(count: Int) throws {
        let all = snapshot(Array(Self.addresses.prefix(count)))
        let down = all.with(isDown: all.targets.map { _ in true })
        let bytes = [UInt8](repeating: 0x61, count: readSlack + 4)
        #expect(NextHop.target(of: 1, bytes.span, callID: ByteRange(0, 4), snapshot: down, at: 0) == nil)
    }

    @Test("a health of another length than the targets is ignored")
    func otherHealth() {
        let all = snapshot(Self.addresses)
        #expect(all.with(isDown: [true]).isDown == all.isDown)
    }

    @Test("a peer with one target needs no choice, one without has none")
    func fewTargets() throws {
        #expect(try targets(snapshot([Bench.pbx2]), count: 3) == [Bench.pbx2, Bench.pbx2, Bench.pbx2])
        let bytes = [UInt8](repeating: 0x61, count: readSlack + 4)
        #expect(NextHop.target(of: 1, bytes.span, callID: ByteRange(0, 4), snapshot: snapshot([]), at: 0) == nil)
    }

    // MARK: - Routes

    /// The peer that a request with this number in its Request-URI goes to.
    private func peer(_ requestURI: String, to: String = "<sip:x@y>", from arrival: Arrival, _ snapshot: Snapshot) -> Int? {
        let bytes = message(
            """
            PUBLISH \(requestURI) SIP/2.0
            Via: SIP/2.0/UDP 10.0.0.10;branch=z9hG4bKroute
            From: <sip:a@x>;tag=1
            To: \(to)
            Call-ID: route@x
            CSeq: 1 PUBLISH
            """)
        let peer = withIndex(bytes) { index, bytes in
            let plan = RoutePlan(index, bytes, arrival: arrival, snapshot: snapshot, at: CallLab.now)
            return NextHop.outsideDialog(index, bytes, plan: plan, arrival: arrival, snapshot: snapshot, at: 0).hop?.peer
        }
        return peer ?? nil
    }

    private func routed(_ routes: [(from: Set<Int>?, prefix: String?, to: Int)]) -> Snapshot {
        Bench.snapshot { parts in
            parts.targets.append(Target(address: Bench.address("203.0.113.5:5060"), peer: 2))
            parts.peers.append(Peer(name: "carrier-uk", role: .carrier, listener: 0, targets: [2], verstatPlace: .off))
            parts.routes = routes.map { Route(from: $0.from, prefix: $0.prefix.flatMap { TelephoneNumber($0) }, to: $0.to) }
        }
    }

    @Test("without routes: the first peer of the other role that has a target")
    func defaults() {
        let snapshot = routed([])
        #expect(peer("sip:+441@x", from: Bench.fromCarrier, snapshot) == 1)
        #expect(peer("sip:+441@x", from: Bench.fromPBX, snapshot) == 0)
    }

    @Test("the first row that fits decides: peer, prefix of the Request-URI's number, else of To's")
    func rows() {
        let snapshot = routed([([1], "+44", 2), ([0, 2], "+1215", 1), ([1], nil, 0)])
        #expect(peer("sip:+442079460000@x", from: Bench.fromPBX, snapshot) == 2)
        #expect(peer("sip:011442079460000@x", from: Bench.fromPBX, snapshot) == 2)
        #expect(peer("sip:+4@x", from: Bench.fromPBX, snapshot) == 0)
        #expect(peer("sip:alice@x", to: "<tel:+442079460000>", from: Bench.fromPBX, snapshot) == 2)
        #expect(peer("sip:+13125550142@x", to: "<tel:+442079460000>", from: Bench.fromPBX, snapshot) == 0)
        #expect(peer("sip:alice@x", from: Bench.fromPBX, snapshot) == 0)
        #expect(peer("sip:+442079460000@x", from: Bench.fromCarrier, snapshot) == 1, "no row: the first of the other role")
    }

    // MARK: - Peers

    @Test("who it is: the longest prefix wins, a source with a port before one without, on its listener only")
    func peerTable() {
        func source(_ text: String, _ length: Int, port: UInt16 = 0, listener: Int = 0, _ peer: Int) -> PeerTable.Source {
            PeerTable.Source(network: Network(Bench.address(text), length: length), port: port, listener: listener, peer: peer)
        }
        let snapshot = Bench.snapshot { parts in
            parts.sources = [
                source("198.51.100.0", 120, 0), source("198.51.100.0", 124, 1), source("198.51.100.5", 128, 2),
                source("198.51.100.5", 128, port: 5080, 3), source("198.51.100.0", 120, listener: 1, 4),
                source("2001:db8::", 32, 5),
            ]
        }
        func peer(_ text: String, _ listener: Int = 0) -> Int? { snapshot.peer(of: Bench.address(text), listener: listener) }
        #expect(peer("198.51.100.200:1") == 0)
        #expect(peer("198.51.100.15:1") == 1)
        #expect(peer("198.51.100.16:1") == 0)
        #expect(peer("198.51.100.5:5060") == 2)
        #expect(peer("198.51.100.5:5080") == 3)
        #expect(peer("198.51.100.5:5080", 1) == 4)
        #expect(peer("[2001:db8:ffff::1]:1") == 5)
        #expect(peer("[2001:db9::1]:1") == nil)
        #expect(peer("198.51.101.5:5060") == nil)
        #expect(peer("198.51.100.5:5060", 2) == nil)
        #expect(peer("[::ffff:198.51.100.5]:5060") == 2, "an IPv4-mapped source is that IPv4 address (RFC 5118 §4.9)")
    }

    // MARK: - Within a dialog

    /// A PBX with two targets, whose phones are in 10.0.0.64/27, those at port 5062 of 10.0.0.9 beside.
    private func office(_ contacts: [ContactNetwork]?, ofCarrier: [ContactNetwork]? = nil) -> Snapshot {
        Bench.verifying { parts in
            parts.targets.append(Target(address: Bench.pbx2, peer: 1))
            parts.peers[0] = Peer(
                name: "carrier-a", role: .carrier, listener: 0, targets: [0], verstatPlace: .off, contacts: ofCarrier)
            parts.peers[1] = Peer(
                name: "pbx", role: .pbx, listener: 1, targets: [1, 2], verstatPlace: .user, contacts: contacts)
        }
    }

    private static let phones = [
        ContactNetwork(network: Network(Bench.address("10.0.0.64"), length: 123), port: 0),
        ContactNetwork(network: Network(Bench.address("10.0.0.9"), length: 128), port: 5062),
    ]

    /// Where a request within a dialog of the carrier's goes that names this as its Request-URI, or as a Route behind ours, and
    /// the address that it asked for in vain.
    private func inDialog(_ uri: String, route: String? = nil, _ snapshot: Snapshot) throws -> (String?, String?) {
        let dialog = try DialogLab(Call(), snapshot), relay = Relay()
        let bytes = dialog.ofCaller { call in
            call.requestURI = uri
            if let route { call.fields[0] += "," + route }
        }
        let outcome = relay.process(bytes, from: Bench.fromCarrier, snapshot)
        return (outcome.destination?.description, relay.strayContact?.address.description)
    }

    @Test(
        "INTERFACE §3.2: an address goes where it is a target or a contact of the other peer, else to the dialog's own target",
        arguments: [
            ("sip:100@10.0.0.77", "10.0.0.77:5060", true), ("sip:100@10.0.0.95:6000", "10.0.0.95:6000", true),
            ("sip:100@10.0.0.96", nil, true), ("sip:100@10.0.0.9:5062", "10.0.0.9:5062", true), ("sip:100@10.0.0.9", nil, true),
            ("sip:100@x.example;maddr=10.0.0.77", "10.0.0.77:5060", true), ("sip:100@10.0.0.77;maddr=10.0.0.200", nil, true),
            ("sip:100@10.0.0.10", nil, false), ("sip:100@10.0.0.11", nil, false), ("sip:100@10.0.0.11:5061", nil, true),
            ("sip:100@198.51.100.5", nil, true), ("sip:100@203.0.113.66", nil, true), ("sip:100@pbx.example.com", nil, false),
            ("tel:+12155550100", nil, false), ("sip:100@10.0.0.1", nil, false), ("sip:100@224.0.1.75", nil, false),
            ("sip:100@0.0.0.0", nil, false),
        ])
    func contacts(uri: String, reached: String?, isOther: Bool) throws {
        let open = office(Self.phones), closed = office(nil)
        let home = try inDialog("sip:100@pbx.example.com", open).0
        let target = uri == "sip:100@10.0.0.10" ? "10.0.0.10:5060" : uri == "sip:100@10.0.0.11" ? "10.0.0.11:5060" : home
        let first = try inDialog(uri, open)
        #expect(first.0 == reached ?? target)
        #expect((first.1 != nil) == (isOther && reached == nil))
        let second = try inDialog(uri, closed)
        #expect(second.0 == target && (second.1 != nil) == isOther)
        // A Route of our own is taken off.
        guard uri.hasPrefix("sip:"), uri != "sip:100@10.0.0.1" else { return }
        let route = "<" + uri.replacing("100@", with: "") + ";lr>"
        #expect(try inDialog("sip:100@10.0.0.10", route: route, open) == first)
    }

    @Test("a carrier's contacts are its sources, if nothing else is said")
    func contactsOfCarriers() throws {
        func destination(_ uri: String, _ snapshot: Snapshot) throws -> String? {
            let dialog = try DialogLab(.outgoing, from: Bench.fromPBX, snapshot)
            let bytes = dialog.ofCaller("UPDATE") { $0.requestURI = uri }
            return Relay().process(bytes, from: Bench.fromPBX, snapshot).destination?.description
        }
        let none = office(nil, ofCarrier: [])
        #expect(try destination("sip:x@198.51.100.9:5080", office(nil)) == "198.51.100.9:5080")
        #expect(try destination("sip:x@198.51.100.9:5080", none) == "198.51.100.5:5060")
        #expect(try destination("sip:x@198.51.100.16", office(nil)) == "198.51.100.5:5060")
        #expect(try destination("sip:x@10.0.0.77", office(Self.phones)) == "198.51.100.5:5060", "its own phone")
    }

    @Test("without a proof a tag leads nowhere: by the routes, whoever sends", arguments: ["BYE", "INFO", "OPTIONS", "UPDATE"])
    func withoutProof(method: String) throws {
        let snapshot = office(Self.phones)
        var call = Call.outgoing
        call.method = method
        call.to += ";tag=c1"
        for host in ["10.0.0.77", "10.0.0.11", "198.51.100.9", "203.0.113.66"] {
            call.requestURI = "sip:x@\(host)"
            #expect(Relay().process(call.bytes, from: Bench.fromPBX, snapshot).destination == Bench.carrier)
        }
    }
}
