// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// RFC 3261 §16.11, sip.md §1.12: a copy of a request gets what the first got, whatever moved on in between.
@Suite struct RetransmissionTests {
    private static let reject = Rule.when("a", .reject(Rejection(status: 603)))

    /// A desk that knows the signer, and a call that it signed.
    private func signedCall() throws -> (desk: Desk, call: Call, signer: CallSigner) {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        desk.know(signer)
        var call = Call()
        call.identities = [try signer.shaken()]
        return (desk, call, signer)
    }

    @Test("31 s later, past the freshness of its PASSporT: the same octets; 33 s later it is decided anew")
    func clock() throws {
        let (desk, call, _) = try signedCall()
        let snapshot = Bench.verifying { $0.verification = VerificationSettings(freshness: 5) }
        let first = desk.process(call.bytes, snapshot)
        #expect(first.value("From")?.contains("Passed") == true)
        for seconds: Int64 in [1, 7, 31, 32] {
            #expect(desk.process(call.bytes, snapshot, after: seconds).bytes == first.bytes)
        }
        let later = desk.process(call.bytes, snapshot, after: 33)
        #expect(later.value("From")?.contains("Failed") == true)
        #expect(desk.screener.outcome?.facts.failure == .stale)
    }

    @Test("a copy costs no signature: with the certificate gone it is the same octets, signer and all")
    func verificationIsKept() throws {
        let (desk, call, _) = try signedCall()
        let tag = Tag(fields: [AddedField(name: Array("X-Signer".utf8), value: Template([.field(.signer), .field(.origid)]))])
        let snapshot = Bench.verifying([.when("who", .tag(tag))])
        let first = desk.process(call.bytes, snapshot)
        #expect(first.value("X-Signer")?.isEmpty == false && first.value("P-Attestation-Indicator") == "A")
        desk.screener.cache.removeAll()
        #expect(desk.process(call.bytes, snapshot, after: 1).bytes == first.bytes)
        // Another PASSporT under the same transaction is verified for itself.
        var forged = call
        forged.identities = [call.identities[0].replacing(".", with: ".e", maxReplacements: 1)]
        #expect(desk.process(forged.bytes, snapshot, after: 2).value("From")?.contains("Passed") != true)
    }

    @Test("a reload in between: what was decided under the configuration before stays; new calls get the new one")
    func reload() throws {
        let (desk, call, _) = try signedCall()
        let before = Bench.verifying()
        let after = Bench.verifying([Self.reject]) { parts in
            parts.generation = 2
            parts.targets[1] = Target(address: Bench.pbx2, peer: 1)
        }
        let first = desk.process(call.bytes, before)
        #expect(desk.process(call.bytes, after, previous: before, after: 4).bytes == first.bytes)
        var other = call
        other.branch = "z9hG4bKother"
        #expect(desk.process(other.bytes, after, previous: before, after: 4).status == 603)
        #expect(desk.process(other.bytes, after, previous: before, after: 5).status == 603)
    }

    @Test("a rejection stays a rejection when the rule is gone, with the same tag")
    func reloadAfterRejection() throws {
        let desk = try Desk()
        let before = Bench.verifying([Self.reject]), after = Bench.verifying { $0.generation = 2 }
        let first = desk.process(Call().bytes, before)
        #expect(first.status == 603)
        #expect(desk.process(Call().bytes, after, previous: before, after: 10).bytes == first.bytes)
    }

    @Test("peers in another order after a reload are still who they are")
    func reordered() throws {
        let desk = try Desk(), before = Bench.verifying()
        let after = Bench.verifying { parts in
            parts.generation = 2
            parts.peers.reverse()
            parts.targets = [Target(address: Bench.carrier, peer: 1), Target(address: Bench.pbx, peer: 0)]
            parts.sources = parts.sources.enumerated().map { number, _ in
                PeerTable.Source(
                    network: Network(number == 0 ? Bench.carrier : Bench.pbx, length: 120), port: 0, listener: number,
                    peer: 1 - number)
            }
        }
        let first = desk.process(Call().bytes, before)
        let arrival = Arrival(listener: 0, source: Bench.carrier, peer: 1)
        #expect(desk.process(Call().bytes, from: arrival, after, previous: before, after: 1).bytes == first.bytes)
        var cancel = Call()
        cancel.method = "CANCEL"
        cancel.body = ""
        #expect(desk.process(cancel.bytes, from: arrival, after, previous: before, after: 2).destination == Bench.pbx)
    }

    @Test("certificates forgotten in between, as when trust anchors change")
    func certificatesGone() throws {
        let (desk, call, _) = try signedCall()
        let snapshot = Bench.verifying()
        let first = desk.process(call.bytes, snapshot)
        desk.screener.cache.removeAll()
        #expect(desk.process(call.bytes, snapshot, after: 3).bytes == first.bytes)
    }

    @Test("a certificate that expires or is revoked in between")
    func certificateChanged() throws {
        let (desk, call, signer) = try signedCall()
        let snapshot = Bench.verifying()
        let first = desk.process(call.bytes, snapshot)
        desk.know(signer.url, .failed(.unsupportedCredential))
        #expect(desk.process(call.bytes, snapshot, after: 3).bytes == first.bytes)
    }

    @Test("another request under the name of the transaction is decided for itself")
    func otherRequest() throws {
        let desk = try Desk()
        let onlyOwn = Rule.when("a", .drop) { condition in
            var caller = NumberCondition()
            caller.ranges = TelephoneNumber("+19995550100").flatMap { NumberRange(from: $0, to: $0) }.map { [$0] } ?? []
            condition.caller = caller
        }
        let snapshot = Bench.verifying([onlyOwn])
        #expect(desk.process(Call().bytes, snapshot).isForwarded)
        var spoofed = Call()
        spoofed.from = "<sip:+19995550100@198.51.100.5>;tag=a1"
        #expect(desk.process(spoofed.bytes, snapshot).disposition == .drop(.policy))
        #expect(desk.screener.outcome != nil && desk.screener.record.count > 0)
        #expect(desk.process(Call().bytes, snapshot).isForwarded)
    }

    @Test("CANCEL and ACK of a call that was rejected or dropped go nowhere")
    func afterRejection() throws {
        for action in [Action.drop, .reject(Rejection(status: 403))] {
            let desk = try Desk(), snapshot = Bench.verifying([.when("a", action)])
            _ = desk.process(Call().bytes, snapshot)
            var other = Call()
            for method in ["CANCEL", "ACK"] {
                other.method = method
                #expect(desk.process(other.bytes, snapshot).disposition == .drop(.policy))
            }
        }
    }

    @Test("CANCEL and ACK follow their INVITE while it may ring, whatever became of its target; then they take the routes")
    func longRinging() throws {
        let desk = try Desk()
        let both = Bench.verifying { parts in
            parts.targets.append(Target(address: Bench.pbx2, peer: 1))
            parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [1, 2], verstatPlace: .user)
        }
        let first = try #require(desk.process(Call().bytes, both).destination)
        let other = first == Bench.pbx ? Bench.pbx2 : Bench.pbx
        let down = both.with(isDown: both.targets.map { $0.address == first })
        let drained = both.with(drained: [first], isDraining: false)
        var follower = Call()
        for method in ["CANCEL", "ACK"] {
            follower.method = method
            for seconds: Int64 in [0, 31, 60, 180, 600] {
                #expect(desk.process(follower.bytes, down, after: seconds).destination == first)
                #expect(desk.process(follower.bytes, drained, after: seconds).destination == first)
            }
            #expect(desk.process(follower.bytes, down, after: 601).destination == other)
        }
    }

    @Test("CANCEL of an INVITE that nobody remembers goes where its INVITE would go")
    func unknownCancel() throws {
        var cancel = Call()
        cancel.method = "CANCEL"
        #expect(try Desk().process(cancel.bytes, Bench.verifying()).destination == Bench.pbx)
    }

    // MARK: - The memory

    @Test("a full row forgets its oldest transaction, and only that")
    func fullRow() {
        var memory = TransactionMemory()
        for number: UInt64 in 0..<5 {
            var transaction = RememberedTransaction()
            transaction.mac = number << 32
            transaction.state = .forwarded
            transaction.decidedAt = Int64(100 + number)
            memory.remember(transaction)
        }
        let known = (0..<5).map { memory.recall(UInt64($0) << 32, at: 104) != nil }
        #expect(known == [false, true, true, true, true])
        memory.forget(4 << 32)
        let isForgotten = memory.recall(4 << 32, at: 104) == nil
        #expect(isForgotten)
    }

    @Test("Identity values are kept until the store has gone round once; one that was overwritten is not given out")
    func identityStore() {
        var memory = TransactionMemory(), text = ByteWriter(capacity: 2000)
        for _ in 0..<1000 { text.put(0x61) }
        var first = RememberedTransaction()
        first.signatureStart = memory.keep(text, from: 0, count: 1000)
        first.signatureLength = 1000
        var last = first
        for _ in 0..<5000 { last.signatureStart = memory.keep(text, from: 0, count: 1000) }
        var output = ByteWriter(capacity: 2000)
        let isOldThere = memory.putSignature(of: first, into: &output)
        #expect(!isOldThere && output.count == 0)
        let isNewThere = memory.putSignature(of: last, into: &output)
        #expect(isNewThere && output.count == 1000)
    }
}
