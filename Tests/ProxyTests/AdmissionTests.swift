// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// reliability §2, shedding order: what is given up first when there is more than can be done; and limits.
@Suite struct AdmissionTests {
    private static func request(
        _ method: String, _ number: Int = 1, from source: TransportAddress = Bench.carrier, fields: String = "",
        toTag: String = ""
    ) -> [UInt8] {
        Array(
            ("\(method) sip:+12155550100@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP \(source);rport;branch=z9hG4bKad\(number)\r\n"
                + "\(fields)Max-Forwards: 70\r\nFrom: <sip:+13125550142@x>;tag=\(number)\r\nTo: <sip:b@x>\(toTag)\r\n"
                + "Call-ID: ad-\(number)@x\r\nCSeq: 1 \(method)\r\nUser-Agent: long enough for an answer to fit\r\n\r\n").utf8)
    }

    private static let calls = ["INVITE", "UNHEARD"]
    private static let queries = ["OPTIONS", "REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE"] + afterwards
    /// What is new work only outside of a dialog; of a carrier a tag alone is none.
    private static let afterwards = ["REFER", "NOTIFY", "INFO", "UPDATE"]
    private static let followers = ["ACK", "CANCEL", "BYE", "PRACK"]

    @Test(
        "the order: answers to malformed, then queries; new calls are refused, then dropped; what follows never",
        arguments: Pressure.allCases)
    func order(_ pressure: Pressure) {
        let relay = Relay()
        relay.pressure = pressure
        let malformed = relay.process(Self.request("INVITE", fields: "Content-Length: 9999\r\n"), from: Bench.fromCarrier)
        #expect(malformed.disposition == (pressure == .none ? malformed.disposition : .drop(.malformed)))
        #expect(relay.shedWork == (pressure == .none ? nil : .answer))
        for method in Self.queries {
            let outcome = relay.process(Self.request(method), from: Bench.fromCarrier)
            #expect((outcome.disposition == .drop(.overload)) == (pressure >= .elevated), "\(method) \(outcome.disposition)")
            #expect(relay.shedWork == (pressure >= .elevated ? .query : nil))
        }
        for method in Self.calls {
            let outcome = relay.process(Self.request(method), from: Bench.fromCarrier)
            switch pressure {
            case .none, .elevated: if case .screen = outcome.disposition {} else { Issue.record("\(outcome.disposition)") }
            case .high: #expect(outcome.status == 503 && outcome.value("Retry-After") == "5")
            case .critical: #expect(outcome.disposition == .drop(.overload))
            }
            #expect(relay.shedWork == (pressure >= .high ? .call : nil))
        }
        for method in Self.followers + Self.afterwards {
            let isCarriers = Self.followers.contains(method)
            let outcome = relay.process(
                Self.request(method, toTag: ";tag=b"), from: isCarriers ? Bench.fromCarrier : Bench.fromPBX)
            #expect(relay.shedWork == nil && outcome.disposition != .drop(.overload), "\(method)")
        }
        for method in Self.afterwards {
            _ = relay.process(Self.request(method, toTag: ";tag=b"), from: Bench.fromCarrier)
            #expect(relay.shedWork == (pressure >= .elevated ? .query : nil), "\(method)")
        }
    }

    @Test("a short request is refused too, if need be without Retry-After")
    func shortRequest() {
        let relay = Relay()
        relay.pressure = .high
        let text = String(decoding: Self.request("INVITE"), as: UTF8.self)
            .replacing("User-Agent: long enough for an answer to fit\r\n", with: "Content-Length: 0\r\n")
        let outcome = relay.process(Array(text.utf8), from: Bench.fromCarrier)
        #expect(outcome.status == 503 && outcome.value("Retry-After") == nil && outcome.bytes.count <= text.utf8.count)
    }

    @Test("a queue's pressure begins at half of it; no capacity is no pressure")
    func eighths() {
        let pressures = [0, 399, 400, 599, 600, 699, 700, 800, 5000].map { Pressure(filled: $0, of: 800) }
        #expect(pressures == [.none, .none, .elevated, .elevated, .high, .high, .critical, .critical, .critical])
        #expect(Pressure(filled: 5, of: 0) == .none && Pressure(filled: -1, of: 100) == .none)
    }

    private static func limited(_ peer: RequestLimit?, perSource: RequestLimit? = nil) -> Snapshot {
        Bench.snapshot { parts in
            parts.peers[0] = Peer(
                name: "carrier-a", role: .carrier, listener: 0, targets: [0], verstatPlace: .off, limit: peer,
                limitPerSource: perSource)
        }
    }

    @Test("a peer's limit: a window's worth at once, then one an interval; in-dialog requests do not count")
    func peerLimit() {
        let relay = Relay(), snapshot = Self.limited(RequestLimit(count: 5, milliseconds: 1000))
        func isAdmitted(_ number: Int, at milliseconds: Int64) -> Bool {
            relay.now = milliseconds * 1_000_000
            let outcome = relay.process(Self.request("INVITE", number), from: Bench.fromCarrier, snapshot)
            if outcome.status == 503 { #expect(relay.shedWork == .peerLimit) }
            return outcome.status == nil
        }
        #expect((0..<8).map { isAdmitted($0, at: 10_000) } == [true, true, true, true, true, false, false, false])
        #expect((8..<11).map { isAdmitted($0, at: 10_400) } == [true, true, false])
        _ = relay.process(Self.request("BYE", toTag: ";tag=b"), from: Bench.fromCarrier, snapshot)
        #expect(relay.shedWork == nil)
        #expect((11..<20).map { isAdmitted($0, at: 60_000) }.count { $0 } == 5)
    }

    @Test("a source's limit: one address uses up its own; a /64 of IPv6 is one source")
    func sourceLimit() {
        let relay = Relay(), snapshot = Self.limited(nil, perSource: RequestLimit(count: 2, milliseconds: 60_000))
        func admitted(_ address: String, _ count: Int) -> Int {
            let source = Bench.address(address), arrival = Arrival(listener: 0, source: source, peer: 0)
            return (0..<count).count { number in
                relay.process(Self.request("OPTIONS", number, from: source), from: arrival, snapshot).status != 503
            }
        }
        #expect(admitted("198.51.100.5:5060", 5) == 2)
        #expect(relay.shedWork == .sourceLimit)
        #expect(admitted("198.51.100.5:5070", 5) == 0)
        #expect(admitted("198.51.100.6:5060", 5) == 2)
        #expect(admitted("[2001:db8::5]:5060", 1) + admitted("[2001:db8::ffff:1]:5060", 4) == 2)
        #expect(admitted("[2001:db8:0:1::5]:5060", 4) == 2)
    }

    @Test("many sources: the table forgets who is soonest worked off, and never grows")
    func fullTable() {
        var limits = RequestLimits()
        let limit = RequestLimit(count: 1, milliseconds: 1000)
        var admitted = 0
        for key: UInt64 in 0..<100_000 where limits.admit(key &* 0x9E37_79B9_7F4A_7C15 | 1, limit, at: 5) { admitted += 1 }
        #expect(admitted > 99_000)
    }

    @Test("a limit of more than one a nanosecond, and none at all, are limits still")
    func extremes() {
        var limits = RequestLimits()
        let fast = RequestLimit(count: Int.max, milliseconds: 1), never = RequestLimit(count: 0, milliseconds: 0)
        let isFastAdmitted = limits.admit(1, fast, at: .max / 2), isFirst = limits.admit(2, never, at: 0)
        let isSecond = limits.admit(2, never, at: 0)
        #expect(isFastAdmitted && isFirst && !isSecond)
    }

    // MARK: - Screeners

    @Test("a screener that is behind: fetches nothing, then verifies nothing, then refuses new calls")
    func screener() throws {
        let lab = try CallLab(), signer = try lab.signer(), snapshot = Bench.verifying()
        func result(_ pressure: Pressure, isKnown: Bool) throws -> (Outcome, ShedWork?, Desk) {
            let desk = try Desk()
            if isKnown { desk.know(signer) }
            desk.pressure = pressure
            var call = Call()
            call.identities = [try signer.shaken()]
            return (desk.process(call.bytes, snapshot), desk.screener.shedWork, desk)
        }
        #expect(try result(.none, isKnown: false).0.disposition == .hold)
        for (pressure, isKnown, mark, shed) in [
            (Pressure.elevated, false, "No-TN-Validation", ShedWork.fetch), (.elevated, true, "TN-Validation-Passed", nil),
            (.high, true, "No-TN-Validation", .verification), (.high, false, "No-TN-Validation", .verification),
        ] {
            let (outcome, work, desk) = try result(pressure, isKnown: isKnown)
            #expect(outcome.value("From")?.contains(mark) == true && work == shed, "\(pressure) \(isKnown)")
            #expect(desk.screener.outcome?.facts.verstat == (mark.hasPrefix("No") ? .unavailable : .passed))
        }
        let (refused, work, desk) = try result(.critical, isKnown: true)
        #expect(refused.status == 503 && work == .call && desk.screener.outcome == nil)
    }

    @Test("once a screener has caught up everything is as before: what cannot be read is answered again")
    func caughtUp() throws {
        let desk = try Desk(), snapshot = Bench.verifying()
        var unreadable = Call()
        unreadable.fields = ["P-Asserted-Identity: <sip:a@h>, rubbish"]
        let before = desk.process(unreadable.bytes, snapshot)
        desk.pressure = .critical
        _ = desk.process(Call().bytes, snapshot)
        desk.pressure = .none
        unreadable.branch = "z9hG4bKagain"
        #expect(before.status == 400 && desk.process(unreadable.bytes, snapshot).status == 400)
    }

    @Test("a retransmission gets what its first copy got, however far the screener is behind by then")
    func retransmission() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk(), snapshot = Bench.verifying()
        desk.know(signer)
        var call = Call()
        call.identities = [try signer.shaken()]
        let first = desk.process(call.bytes, snapshot)
        for pressure in Pressure.allCases {
            desk.pressure = pressure
            #expect(desk.process(call.bytes, snapshot, after: 2).bytes == first.bytes)
            call.method = "CANCEL"
            #expect(desk.process(call.bytes, snapshot, after: 2).isForwarded)
            call.method = "INVITE"
        }
    }
}
