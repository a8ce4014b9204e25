// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// The decision about a call, and that its copies get the same (RFC 3261 §16.11; INTERFACE §3).
@Suite struct ScreenerTests {
    private static let reject = Action.reject(Rejection(status: 403, reason: Array("No".utf8)))
    private static let tag = Action.tag(Tag(displayName: Array("[U] ".utf8)))

    // MARK: - Outcomes

    @Test("allow ends the walk, tag goes on, reject and drop do what they say")
    func outcomes() throws {
        let desk = try Desk()
        var call = Call()
        func decide(_ rules: [Rule], isEnforcing: Bool = true) -> Outcome {
            call.branch += "x"
            return desk.process(call.bytes, Bench.verifying(rules, isEnforcing: isEnforcing))
        }
        #expect(decide([]).destination == Bench.pbx)
        #expect(decide([.when("a", .allow), .when("b", .drop)]).isForwarded)
        let tagged = decide([.when("a", Self.tag), .when("b", .allow)])
        #expect(tagged.value("From")?.hasPrefix("\"[U] \"") == true)
        #expect(decide([.when("a", Self.tag), .when("b", Self.reject)]).lines.first == "SIP/2.0 403 No")
        #expect(decide([.when("a", .drop), .when("b", .allow)]).disposition == .drop(.policy))
        #expect(desk.screener.outcome?.decision.outcome == .drop)
    }

    @Test("in monitor mode every call is let through without tags, and what would have been is told")
    func monitor() throws {
        for action in [Self.reject, .drop, Self.tag] {
            let desk = try Desk()
            let watched = desk.process(Call().bytes, Bench.verifying([.when("a", action)], isEnforcing: false))
            #expect(watched.bytes == (try Desk().process(Call().bytes, Bench.verifying()).bytes))
            #expect(desk.screener.outcome?.decision.decidingRule == 0)
        }
    }

    @Test("a rule may ask for the verdict")
    func byVerdict() throws {
        let lab = try CallLab(), signer = try lab.signer()
        let onlyPassed = Rule.when("a", .drop) { $0.verstat = Condition.bit(Verstat.passed.rawValue) }
        let missing = Rule.when("b", .drop) { $0.failure = 1 << UInt16(VerificationFailure.identityMissing.rawValue) }
        var call = Call()
        for (identities, rule, isDropped) in [
            ([], onlyPassed, false), ([try signer.shaken()], onlyPassed, true), ([], missing, true),
            ([try signer.shaken()], missing, false),
        ] {
            let desk = try Desk()
            desk.know(signer)
            call.identities = identities
            #expect((desk.process(call.bytes, Bench.verifying([rule])).disposition == .drop(.policy)) == isDropped)
        }
    }

    @Test("MESSAGE is treated as an INVITE is, without Record-Route")
    func messages() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        desk.know(signer)
        var call = Call()
        call.method = "MESSAGE"
        call.identities = [try signer.shaken()]
        let outcome = desk.process(call.bytes, Bench.verifying())
        #expect(outcome.value("From") == "<sip:+13125550142;verstat=TN-Validation-Passed@198.51.100.5>;tag=a1")
        #expect(outcome.value("Record-Route") == nil)
    }

    @Test("a passed call: verdict, attestation, originating identifier; Identity stays unless the peer strips it")
    func passed() throws {
        let lab = try CallLab(), signer = try lab.signer(), identity = try signer.shaken(attest: "C")
        var call = Call()
        call.identities = [identity]
        call.fields = ["P-Asserted-Identity: <tel:+13125550142>"]
        for strips in [false, true] {
            let desk = try Desk()
            desk.know(signer)
            let outcome = desk.process(
                call.bytes,
                Bench.verifying { parts in
                    parts.peers[1] = Peer(
                        name: "pbx", role: .pbx, listener: 1, targets: [1], stripsIdentity: strips, verstatPlace: .headers)
                })
            #expect(outcome.values("Identity") == (strips ? [] : [identity]))
            #expect(outcome.value("P-Attestation-Indicator") == "C")
            #expect(outcome.value("P-Origination-ID") == CallLab.origid)
            #expect(outcome.value("P-Asserted-Identity") == "<tel:+13125550142>")
        }
    }

    @Test("where the verdict is off there is no indicator either; without a pass there never is")
    func noIndicator() throws {
        let lab = try CallLab(), signer = try lab.signer()
        for (caller, place) in [("13125550142", Peer.VerstatPlace.off), ("19995550100", .user)] {
            let desk = try Desk()
            desk.know(signer)
            var call = Call()
            call.identities = [try signer.shaken(caller)]
            let outcome = desk.process(
                call.bytes,
                Bench.verifying { parts in
                    parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [1], verstatPlace: place)
                })
            #expect(outcome.value("P-Attestation-Indicator") == nil && outcome.value("P-Origination-ID") == nil)
        }
    }

    @Test("P-Asserted-Identity is the caller where it has a number, else From; only the number that was signed is passed")
    func caller() throws {
        let lab = try CallLab(), signer = try lab.signer()
        for (asserted, orig, verstat) in [
            ("<tel:+19995550100>", "19995550100", Verstat.passed), ("<tel:+19995550100>", CallLab.caller, .failed),
            ("<sip:alice@x>, <tel:+19995550100>", "19995550100", .passed),
        ] {
            let desk = try Desk()
            desk.know(signer)
            var call = Call()
            call.fields = ["P-Asserted-Identity: \(asserted)"]
            call.identities = [try signer.shaken(orig)]
            let outcome = desk.process(call.bytes, Bench.verifying())
            #expect(desk.screener.outcome?.facts.verstat == verstat, "\(asserted) \(orig)")
            #expect(outcome.value("From")?.contains("Passed") == false, "another number than the signed one")
            #expect(outcome.value("P-Attestation-Indicator") == nil)
            let isMarked = outcome.value("P-Asserted-Identity")?.contains("tel:+19995550100;verstat=TN-Validation-Passed>")
            #expect(isMarked == (verstat == .passed))
        }
    }

    @Test("who sends under a configuration where it is nobody is a stranger")
    func strangers() throws {
        let desk = try Desk()
        let snapshot = Bench.verifying()
        let gone = Arrival(listener: 0, source: Bench.stranger, peer: 0)
        let beyond = Arrival(listener: 0, source: Bench.carrier, peer: 9)
        #expect(desk.process(Call().bytes, from: gone, snapshot).disposition == .drop(.unknownSource))
        #expect(desk.process(Call().bytes, from: beyond, snapshot).disposition == .drop(.unknownSource))
    }

    // MARK: - Certificates that are not there yet

    @Test("held, then decided with the certificate; every copy, CANCEL and ACK in between is dropped")
    func held() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk(), snapshot = Bench.verifying()
        var call = Call()
        call.identities = [try signer.shaken()]
        #expect(desk.process(call.bytes, snapshot).disposition == .hold)
        #expect(desk.screener.verification.missingCount == 1)
        #expect(desk.process(call.bytes, snapshot).disposition == .drop(.heldTransaction))
        var other = call
        other.identities = []
        for method in ["CANCEL", "ACK"] {
            other.method = method
            #expect(desk.process(other.bytes, snapshot).disposition == .drop(.heldTransaction))
        }
        desk.know(signer)
        let first = desk.process(call.bytes, snapshot, after: 1, isResumed: true)
        #expect(first.value("From")?.contains("TN-Validation-Passed") == true)
        #expect(desk.screener.outcome?.facts.verstat == .passed)
        #expect(desk.process(call.bytes, snapshot, after: 2).bytes == first.bytes)
        other.method = "CANCEL"
        #expect(desk.process(other.bytes, snapshot, after: 2).destination == Bench.pbx)
    }

    @Test("held, then decided without: unavailable, No-TN-Validation; the certificate that comes later changes nothing")
    func unavailable() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk(), snapshot = Bench.verifying()
        var call = Call()
        call.identities = [try signer.shaken()]
        #expect(desk.process(call.bytes, snapshot).disposition == .hold)
        let first = desk.process(call.bytes, snapshot, after: 2, mayHold: false, isResumed: true)
        #expect(first.value("From")?.contains("No-TN-Validation") == true)
        #expect(desk.screener.outcome?.facts.verstat == .unavailable)
        desk.know(signer)
        #expect(desk.process(call.bytes, snapshot, after: 3).bytes == first.bytes)
    }

    @Test("the same where the answer and the tags name the signer")
    func unavailableWithSigner() throws {
        let lab = try CallLab(), signer = try lab.signer()
        let field = AddedField(name: Array("X-Signer".utf8), value: Template([.field(.signer)]))
        for action in [Action.tag(Tag(fields: [field])), .reject(Rejection(fields: [field]))] {
            let desk = try Desk(), snapshot = Bench.verifying([.when("a", action)])
            var call = Call()
            call.identities = [try signer.shaken()]
            let first = desk.process(call.bytes, snapshot, mayHold: false)
            desk.know(signer)
            #expect(desk.process(call.bytes, snapshot, after: 3).bytes == first.bytes)
        }
    }

    @Test("where nothing may be held the call is decided at once")
    func mayNotHold() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        var call = Call()
        call.identities = [try signer.shaken()]
        #expect(desk.process(call.bytes, Bench.verifying(), mayHold: false).isForwarded)
        #expect(desk.screener.outcome?.facts.verstat == .unavailable)
    }

    @Test("resumed while another certificate is still missing: held again; a second signature that passes needs no first")
    func heldAgain() throws {
        let lab = try CallLab()
        let first = try lab.signer("https://a.example.com/1"), second = try lab.signer("https://b.example.com/2")
        let desk = try Desk(), snapshot = Bench.verifying()
        var call = Call()
        call.identities = [try first.shaken(), try second.shaken()]
        #expect(desk.process(call.bytes, snapshot).disposition == .hold)
        #expect(desk.screener.verification.missingCount == 2)
        desk.know(first.url, .failed(.badInfo))
        #expect(desk.process(call.bytes, snapshot, isResumed: true).disposition == .hold)
        desk.know(second)
        #expect(desk.process(call.bytes, snapshot, isResumed: true).value("From")?.contains("Passed") == true)
    }

    // MARK: - Replays (RFC 8224 §12.1)

    @Test("one PASSporT on replay_limit calls; copies of a call do not count, and keep their verdict")
    func replays() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk(), snapshot = Bench.verifying { $0.replayLimit = 2 }
        desk.know(signer)
        let identity = try signer.shaken()
        func call(_ number: Int) -> Call {
            var call = Call()
            call.callID = "replay-\(number)@198.51.100.5"
            call.identities = [identity]
            return call
        }
        for number in [1, 1, 1, 2, 2, 1, 2] {
            #expect(desk.process(call(number).bytes, snapshot).value("From")?.contains("Passed") == true)
        }
        let third = desk.process(call(3).bytes, snapshot)
        #expect(third.value("From")?.contains("Failed") == true)
        #expect(desk.screener.outcome?.facts.failure == .replayed)
        #expect(desk.process(call(3).bytes, snapshot, after: 5).bytes == third.bytes)
        #expect(desk.process(call(1).bytes, snapshot, after: 5).value("From")?.contains("Passed") == true)
    }

    @Test("screeners share what they know of replays; 0 is no limit; another PASSporT counts for itself")
    func replaysOfOthers() throws {
        let lab = try CallLab(), signer = try lab.signer(), table = ReplayTable(capacity: 64)
        let limited = Bench.verifying { $0.replayLimit = 1 }, unlimited = Bench.verifying { $0.replayLimit = 0 }
        var call = Call()
        call.identities = [try signer.shaken()]
        let desks = [try Desk(replays: table), try Desk(replays: table)]
        for desk in desks { desk.know(signer) }
        #expect(desks[0].process(call.bytes, limited).value("From")?.contains("Passed") == true)
        call.callID = "other@198.51.100.5"
        #expect(desks[1].process(call.bytes, limited).value("From")?.contains("Failed") == true)
        call.callID = "third@198.51.100.5"
        #expect(desks[1].process(call.bytes, unlimited).value("From")?.contains("Passed") == true)
        call.identities = [try signer.shaken(origid: "another")]
        call.callID = "fourth@198.51.100.5"
        #expect(desks[1].process(call.bytes, limited).value("From")?.contains("Passed") == true)
    }

    @Test("to keep Call-ID, tag and CSeq and change the branch, or the number that is called, does not help who replays")
    func replayOfOneCall() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk(), snapshot = Bench.verifying { $0.replayLimit = 1 }
        desk.know(signer)
        var call = Call()
        call.identities = [try signer.shaken()]
        _ = desk.process(call.bytes, snapshot)
        var other = call
        other.branch = "z9hG4bKsecond"
        #expect(desk.process(other.bytes, snapshot).value("From")?.contains("Failed") == true)
        other = call
        other.requestURI = "sip:+12155550199@192.0.2.10"
        #expect(desk.process(other.bytes, snapshot).value("From")?.contains("Failed") == true)
    }

    @Test("beside a replayed Identity a good one verifies the call, wherever it stands", arguments: [true, false])
    func replayBesideGood(isReplayedFirst: Bool) throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk(), snapshot = Bench.verifying { $0.replayLimit = 1 }
        desk.know(signer)
        var call = Call()
        let replayed = try signer.shaken()
        call.identities = [replayed]
        _ = desk.process(call.bytes, snapshot)
        let good = try signer.shaken(origid: "good")
        call.callID = "second@198.51.100.5"
        call.identities = isReplayedFirst ? [replayed, good] : [good, replayed]
        let outcome = desk.process(call.bytes, snapshot)
        #expect(outcome.value("From")?.contains("Passed") == true && outcome.value("P-Origination-ID") == "good")
        #expect(desk.screener.verification.count == 2)
        #expect(desk.screener.verification.outcome(isReplayedFirst ? 1 : 0).verdict == .passed)
        // Both are used up now: each has a Reason of its own.
        call.callID = "third@198.51.100.5"
        _ = desk.process(call.bytes, snapshot)
        #expect(desk.screener.outcome?.facts.failure == .replayed)
        for i in 0..<2 { #expect(desk.screener.verification.outcome(i).verdict == .failed(.replayed)) }
    }

    @Test("beside a replayed Identity the certificate of another is waited for")
    func replayBesideUnknown() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk(), snapshot = Bench.verifying { $0.replayLimit = 1 }
        let second = try lab.signer("https://h/second.pem")
        desk.know(signer)
        var call = Call()
        call.identities = [try signer.shaken()]
        _ = desk.process(call.bytes, snapshot)
        call.callID = "second@198.51.100.5"
        call.identities.append(try second.shaken())
        #expect(desk.process(call.bytes, snapshot).disposition == .hold)
        #expect(desk.screener.verification.missingCount == 1)
        desk.know(second)
        #expect(desk.process(call.bytes, snapshot, isResumed: true).value("From")?.contains("Passed") == true)
    }
}
