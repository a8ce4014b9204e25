// SPDX-License-Identifier: Apache-2.0

/// A call of the demo: who calls whom, how it is signed, and what must come of it.
struct Scenario: Sendable {
    /// Where the call begins.
    enum Origin: Sendable { case carrier, pbx }

    var origin = Origin.carrier
    let caller: String
    let callee: String
    /// The name that the caller gives.
    let name: String
    /// nil: the call is not signed.
    let signature: Signature?
    /// Whether the caller writes the verdict "passed" into the call, which is not the caller's to write.
    var forgesVerdict = false
    /// Whether the caller pretends to have a number that is somebody else's.
    var isSpoofed = false
    /// What happens, in words for somebody who has never heard of STIR.
    let story: String
    let expected: Outcome
}

extension Scenario {
    /// The number that the demo's configuration blocks.
    static let blockedNumber = "+13125550199"
    /// The numbers of the PBX, as the configuration writes them.
    static let ownNumbers = "+12025550100-+12025550199"

    /// The calls, in their order.
    static let all = honest + dishonest + [unwanted, outgoing]

    private static let honest = [
        Scenario(
            caller: "+13125550101", callee: "+12025550110", name: "Alice Adams", signature: Signature(),
            story: "Signed, A: a customer of the carrier with a number of her own.",
            expected: .verified("A", by: .carrier, showing: "Alice Adams")),
        Scenario(
            caller: "+13125550102", callee: "+12025550111", name: "Bob's Garage",
            signature: Signature(attestation: .partial),
            story: "Signed, B: a customer of the carrier, but nobody checked that the number is his.",
            expected: .verified("B", by: .carrier, showing: "Bob's Garage")),
        Scenario(
            caller: "+442079460103", callee: "+12025550110", name: "Carol Clark",
            signature: Signature(signer: .gateway, attestation: .gateway),
            story: "Signed, C: a call from abroad; all that the signer knows is where it came in.",
            expected: .verified("C", by: .gateway, showing: "Carol Clark")),
        Scenario(
            caller: "+13125550104", callee: "+12025550112", name: "Dan Davis", signature: nil,
            story: "Unsigned: nobody vouches for the number. The call goes through, the display warns.",
            expected: .tagged(showing: "[Unverified] Dan Davis")),
    ]

    private static let dishonest = [
        Scenario(
            caller: "+13125550105", callee: "+12025550112", name: "Your Bank", signature: nil, forgesVerdict: true,
            isSpoofed: true,
            story: "Unsigned, but the caller wrote \"passed\" and \"A\" into the call himself: both were taken out.",
            expected: .tagged(showing: "[Unverified] Your Bank")),
        Scenario(
            caller: "+13125550106", callee: "+12025550110", name: "Your Bank", signature: Signature(number: "+13125550101"),
            isSpoofed: true,
            story: "Spoofed: the number is somebody else's; the signature is genuine, but for another caller.",
            expected: .failed("caller-mismatch", answer: "438 Invalid Identity Header")),
        Scenario(
            caller: "+13125550107", callee: "+12025550113", name: "Tax Office",
            signature: Signature(attestation: .gateway, isTampered: true), isSpoofed: true,
            story: "Tampered: somebody changed C to A on the way; what was signed is not what arrived.",
            expected: .failed("bad-signature", answer: "438 Invalid Identity Header")),
        Scenario(
            caller: "+13125550101", callee: "+12025550110", name: "Alice Adams", signature: Signature(age: 3600),
            isSpoofed: true, story: "Stale: a genuine signature of an hour ago, recorded and played again.",
            expected: .failed("stale", answer: "403 Stale Date")),
        Scenario(
            caller: "+13125550108", callee: "+12025550114", name: "Tech Support", signature: Signature(signer: .impostor),
            isSpoofed: true, story: "Untrusted signer: anybody can make a certificate; this one is from nobody whom we trust.",
            expected: .failed("unsupported-credential", answer: "437 Unsupported Credential")),
        Scenario(
            caller: "+12025550120", callee: "+12025550110", name: "Reception", signature: nil, isSpoofed: true,
            story: "Our own number from outside: somebody poses as a colleague; our calls do not come from there.",
            expected: Outcome(verdict: "absent", rule: "own-number", answer: "603 Decline")),
    ]

    private static let unwanted = Scenario(
        caller: blockedNumber, callee: "+12025550111", name: "Prize Draw", signature: Signature(),
        story: "Blocked number: properly signed and yet not wanted; it is on our list.",
        expected: Outcome(
            attestation: "A", signer: Signer.carrier.code, verdict: "passed", rule: "blocked", answer: "603 Network Blocked"))

    private static let outgoing = Scenario(
        origin: .pbx, caller: "+12025550110", callee: "+13125550101", name: "Our Office", signature: nil,
        story: "From our PBX: the proxy signed it on its way out; the carrier fetched our certificate and verified.",
        expected: Outcome(
            attestation: "A", signer: Signer.office.code, verdict: "passed", answer: "200 OK", displayName: "Our Office"))
}
