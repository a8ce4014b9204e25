// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// INTERFACE §3.2: the token in our Record-Route proves what we made it for, for whom and for as long as we made it, and
/// nothing else.
@Suite struct DialogTokenTests {
    private let relay = Relay()
    private let snapshot = withSecondCarrier()

    /// Another carrier, peer 2, whose sources are 203.0.113.0/28.
    private static func withSecondCarrier(_ change: (inout Snapshot.Parts) -> Void = { _ in }) -> Snapshot {
        Bench.verifying { parts in
            parts.targets.append(Target(address: Bench.address("203.0.113.5:5060"), peer: 2))
            parts.peers.append(Peer(name: "carrier-b", role: .carrier, listener: 0, targets: [2], verstatPlace: .off))
            parts.sources.append(
                PeerTable.Source(network: Network(Bench.address("203.0.113.0"), length: 124), port: 0, listener: 0, peer: 2))
            change(&parts)
        }
    }
    private static let fromSecond = Arrival(listener: 0, source: Bench.address("203.0.113.5:5060"), peer: 2)

    private func process(
        _ bytes: [UInt8], from arrival: Arrival = Bench.fromCarrier, _ other: Snapshot? = nil, after seconds: Int64 = 0
    ) -> Outcome {
        relay.unixSeconds = CallLab.now + seconds
        return relay.process(bytes, from: arrival, other ?? snapshot)
    }

    private func opening(_ method: String, outgoing: Bool = false) -> Call {
        var call = outgoing ? Call.outgoing : Call()
        call.method = method
        return call
    }

    // MARK: - What it proves

    @Test(
        "requests of both sides pass by the routing alone and reach the other end",
        arguments: ["INVITE", "UPDATE", "INFO", "MESSAGE", "NOTIFY", "REFER", "PRACK", "BYE", "OPTIONS", "FROB"])
    func genuine(_ method: String) throws {
        let dialog = try DialogLab(Call(), snapshot)
        #expect(process(dialog.ofCaller(method)).disposition == .forward(to: Bench.pbx, listener: 1))
        #expect(process(dialog.ofCallee(method), from: Bench.fromPBX).disposition == .forward(to: Bench.carrier, listener: 0))
        let outgoing = try DialogLab(.outgoing, from: Bench.fromPBX, snapshot)
        #expect(process(outgoing.ofCaller(method), from: Bench.fromPBX).destination == Bench.carrier)
        #expect(process(outgoing.ofCallee(method)).disposition == .forward(to: Bench.pbx, listener: 1))
    }

    @Test("one of the two Routes that a sender keeps is enough, if it is its own")
    func oneRoute() throws {
        let dialog = try DialogLab(Call(), snapshot)
        #expect(!process(dialog.ofCaller { $0.fields = ["Route: \(dialog.down)"] }).isScreened)
        #expect(process(dialog.ofCaller { $0.fields = ["Route: \(dialog.up)"] }).isScreened)
    }

    @Test("a call's proof lets no SUBSCRIBE through, a subscription's no INVITE, each what belongs to it")
    func kinds() throws {
        let call = try DialogLab(Call(), snapshot)
        #expect(process(call.ofCaller("SUBSCRIBE")).isScreened)
        for method in ["SUBSCRIBE", "REFER", "FROB"] {
            let other = try DialogLab(opening(method), snapshot)
            #expect(process(other.ofCaller("INVITE")).isScreened, "\(method)")
            #expect(process(other.ofCallee("INVITE"), from: Bench.fromPBX).isScreened, "\(method)")
            #expect(process(other.ofCaller("SUBSCRIBE")).destination == Bench.pbx)
            #expect(process(other.ofCaller("BYE")).destination == Bench.pbx)
        }
    }

    @Test("without a To tag a proof begins nothing; an end of RFC 2543, which gives itself none, still ends its call")
    func withoutToTag() throws {
        let dialog = try DialogLab(Call(), snapshot)
        for method in ["INVITE", "MESSAGE", "REFER", "NOTIFY", "FROB", "PUBLISH"] {
            #expect(process(dialog.ofCaller(method) { $0.to = dialog.call.to }).isScreened, "\(method)")
        }
        for method in ["BYE", "INFO"] {
            #expect(process(dialog.ofCaller(method) { $0.to = dialog.call.to }).destination == Bench.pbx, "\(method)")
        }
    }

    // MARK: - What it does not prove

    @Test("theft and replay: another Call-ID, tag, peer or direction is another dialog")
    func otherDialog() throws {
        let dialog = try DialogLab(Call(), snapshot)
        #expect(process(dialog.ofCaller { $0.callID = "other@198.51.100.5" }).isScreened)
        #expect(process(dialog.ofCaller { $0.from = $0.from.replacing("tag=a1", with: "tag=a2") }).isScreened)
        #expect(process(dialog.ofCaller { $0.from = $0.from.replacing(";tag=a1", with: "") }).isScreened)
        #expect(process(dialog.ofCaller(), from: Self.fromSecond).isScreened)
        // The tags exchanged: who began the dialog is told by the tag, not by who says so.
        #expect(process(dialog.ofCallee { $0.fields = ["Route: \(dialog.down)"] }).isScreened)
        #expect(process(dialog.ofCallee()).isScreened, "the callee's proof, sent by the caller's peer")
        #expect(process(dialog.ofCallee { $0.to = "<sip:x@y>;tag=a2" }, from: Bench.fromPBX).isScreened)
        #expect(process(dialog.ofCaller(), from: Bench.fromPBX).isScreened, "the carrier's proof, sent by the PBX")
        #expect(!process(dialog.ofCaller()).isScreened)
    }

    @Test("the called carrier's proof of an outgoing call is none for another carrier, nor for another tag of the PBX")
    func outgoing() throws {
        let dialog = try DialogLab(.outgoing, from: Bench.fromPBX, snapshot)
        #expect(!process(dialog.ofCallee()).isScreened)
        #expect(process(dialog.ofCallee(), from: Self.fromSecond).isScreened)
        #expect(process(dialog.ofCallee { $0.to = $0.to.replacing("tag=b1", with: "tag=b2") }).isScreened)
    }

    @Test("a token with one character changed, missing or too many is not believed")
    func changed() throws {
        let dialog = try DialogLab(Call(), snapshot)
        let octets = Array(dialog.down.utf8)
        let start = try #require(octets.firstRange(of: Array(";t=".utf8))).upperBound
        let end = octets.count - 1
        #expect(end - start == 50, "kind, time, label, address, an identity and MAC: 1 + 8 + 4 + 13 + 8 + 16")
        func isBelieved(_ forged: [UInt8]) -> Bool {
            !process(dialog.ofCaller { $0.fields = ["Route: " + String(decoding: forged, as: UTF8.self)] }).isScreened
        }
        #expect(isBelieved(octets))
        for position in start..<end {
            for replacement in "0123456789abcdefg" where octets[position] != replacement.asciiValue {
                var forged = octets
                forged[position] = replacement.asciiValue ?? 0
                #expect(!isBelieved(forged))
            }
            var shorter = octets, longer = octets
            shorter.remove(at: position)
            longer.insert(UInt8(ascii: "0"), at: position)
            #expect(!isBelieved(shorter) && !isBelieved(longer))
        }
        for forged in [
            "<sip:192.0.2.10:5060;lr>", "<sip:192.0.2.10;lr;t=>", dialog.down.replacing("192.0.2.10", with: "203.0.113.9"),
        ] {
            #expect(!isBelieved(Array(forged.utf8)), "\(forged)")
        }
    }

    // MARK: - Time

    @Test("it counts from its first second for longest_call, and less than a step beyond", arguments: [1, 2, 64, 100, 86_400])
    func age(longestCall: Int64) throws {
        let snapshot = Self.withSecondCarrier { $0.longestCall = longestCall }
        let step = max(1, longestCall / 64)
        for begin: Int64 in [0, 1, step - 1, 777] {
            let dialog = try DialogLab(Call(), snapshot, after: begin)
            #expect(!process(dialog.ofCaller(), snapshot, after: begin).isScreened)
            #expect(!process(dialog.ofCaller(), snapshot, after: begin + longestCall).isScreened)
            #expect(process(dialog.ofCaller(), snapshot, after: begin + longestCall + step).isScreened)
            #expect(process(dialog.ofCallee(), from: Bench.fromPBX, snapshot, after: begin + longestCall + step).isScreened)
        }
    }

    @Test("nothing within the dialog renews it: a re-INVITE gets the Record-Route that the dialog has")
    func noRenewal() throws {
        let dialog = try DialogLab(Call(), snapshot)
        let later = process(dialog.ofCaller(), after: 50_000)
        #expect(later.value("Record-Route") == "\(dialog.up),\(dialog.down)")
        let back = process(dialog.ofCallee(), from: Bench.fromPBX, after: 50_000)
        #expect(back.value("Record-Route") == "\(dialog.down),\(dialog.up)")
        // Also where it was judged anew, for the sake of another caller.
        let other = dialog.ofCaller { $0.from = "<sip:+13125550199@h>;tag=a1" }
        #expect(try Desk().process(other, snapshot, after: 50_000).value("Record-Route") == "\(dialog.up),\(dialog.down)")
    }

    // MARK: - Keys and nodes

    @Test("a restart and a second node know it by the same secret; another secret does not, one before it for a while")
    func secrets() throws {
        let dialog = try DialogLab(Call(), snapshot)
        let secondNode = Self.withSecondCarrier { parts in
            parts.tableKey = HashKey(7, 8)
            parts.generation = 9
        }
        #expect(!process(dialog.ofCaller(), secondNode).isScreened)
        #expect(process(dialog.ofCaller(), Self.withSecondCarrier { $0.key = HashKey(5, 6) }).isScreened)
        let rotated = Self.withSecondCarrier { parts in
            parts.acceptedKeys = [HashKey(9, 9), parts.key]
            parts.key = HashKey(5, 6)
        }
        #expect(!process(dialog.ofCaller(), rotated).isScreened)
        #expect(process(dialog.ofCaller { $0.from = "<sip:+13125550199@h>;tag=a1" }, rotated).isScreened)
        let again = Self.withSecondCarrier { parts in
            parts.acceptedKeys = [HashKey(5, 6)]
            parts.key = HashKey(4, 4)
        }
        #expect(process(dialog.ofCaller(), again).isScreened)
    }

    @Test("a copy of the first request gets the same Record-Route a moment later, from another node too")
    func retransmission() throws {
        let first = try DialogLab(Call(), snapshot, after: 30), copy = try DialogLab(Call(), snapshot, after: 62)
        #expect(first.opened.value("Record-Route") == copy.opened.value("Record-Route"))
    }

    // MARK: - Whom it speaks for

    /// Of a call whose From is 13125550142, whose PAI are these, to 12155550100.
    private static let asserted = ["P-Asserted-Identity: <sip:+13125550143@h>, <tel:+13125550144>"]
    private static let shown: [(from: String?, asserted: [String], isJudged: Bool)] = [
        (nil, [], true),
        (nil, ["<tel:+13125550142>"], true),
        (nil, ["<tel:+1-312-555-0142>", "<sip:+13125550143@elsewhere>"], true),
        (nil, ["<sip:3125550144@x;user=phone>"], true),
        ("<sip:+13125550144@x>;tag=a1", ["<sip:+13125550142@x>"], true),
        // Judged, but as whom the call was for.
        (nil, ["<sip:+12155550100@x>"], false),
        ("<sip:+12155550100@x>;tag=a1", [], false),
        ("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=a1", [], true),
        ("<sip:Unavailable@h>;tag=a1", ["<sip:anonymous.invalid>"], true),
        (nil, [""], true),
        ("<sip:+13125550199@x>;tag=a1", [], false),
        ("<sip:alice@x>;tag=a1", [], false),
        ("<sip:+13125550142x@198.51.100.5>;tag=a1", [], false),
        ("<sip:+18005550199@anonymous.invalid>;tag=a1", [], false),
        (nil, ["<tel:+13125550199>"], false),
        (nil, ["<tel:+13125550142>, <tel:+13125550199>"], false),
        (nil, ["<tel:+13125550142>", "<tel:+13125550199>"], false),
        (nil, ["not an identity"], false),
    ]

    @Test("a carrier shows within the dialog whom the rules judged; who brings another one is judged again", arguments: shown)
    func identities(from: String?, asserted: [String], isJudged: Bool) throws {
        var call = Call()
        call.fields = Self.asserted
        let dialog = try DialogLab(call, snapshot)
        for method in ["INVITE", "UPDATE", "BYE"] {
            let request = dialog.ofCaller(method) { request in
                if let from { request.from = from }
                request.fields += asserted.map { "P-Asserted-Identity: " + $0 }
            }
            #expect(process(request).isScreened != isJudged, "\(method) \(from ?? "") \(asserted)")
        }
        // A PBX shows whom it likes.
        let ofPBX = dialog.ofCallee { $0.fields += asserted.map { "P-Asserted-Identity: " + $0 } }
        #expect(process(ofPBX, from: Bench.fromPBX).isForwarded)
    }

    @Test("a name is the same with the same user and host")
    func names() throws {
        var call = Call()
        call.from = "<sip:alice@example.com>;tag=a1"
        let dialog = try DialogLab(call, snapshot)
        #expect(!process(dialog.ofCaller()).isScreened)
        #expect(process(dialog.ofCaller { $0.from = "<sip:bob@example.com>;tag=a1" }).isScreened)
        #expect(process(dialog.ofCaller { $0.from = "<sip:alice@example.org>;tag=a1" }).isScreened)
        #expect(process(dialog.ofCaller { $0.from = "<im:alice@example.com>;tag=a1" }).isScreened)
    }

    @Test("whoever the PBX called may show that number, and no other (RFC 4916)")
    func connected() throws {
        let dialog = try DialogLab(.outgoing, from: Bench.fromPBX, snapshot)
        #expect(!process(dialog.ofCallee("UPDATE") { $0.fields += ["P-Asserted-Identity: <tel:+13125550142>"] }).isScreened)
        #expect(process(dialog.ofCallee("UPDATE") { $0.fields += ["P-Asserted-Identity: <tel:+13125550199>"] }).isScreened)
    }

    @Test("one that is judged again goes to the dialog's target, whatever a rule would divert to, and says so")
    func judgedAgain() throws {
        let rules: [Rule] = [.when(.divert(2))]
        let snapshot = Self.withSecondCarrier { $0.policy = RulePolicy(rules: rules, lists: Lists(), isEnforcing: true) }
        let dialog = try DialogLab(Call(), self.snapshot)
        let desk = try Desk()
        let outcome = desk.process(dialog.ofCaller { $0.from = "<sip:+13125550199@h>;tag=a1" }, snapshot)
        #expect(outcome.destination == Bench.pbx)
        #expect(outcome.value("From")?.contains(";verstat=No-TN-Validation") == true)
        #expect(desk.screener.outcome?.facts.isInDialog == true)
        _ = desk.process(Call().bytes, snapshot)
        #expect(desk.screener.outcome?.facts.isInDialog == false)
    }
}
