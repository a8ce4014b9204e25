// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// INTERFACE §4, RFC 8224 §6.2.2, RFC 9410, ATIS-1000099: what a caller who is turned away is told.
@Suite struct RejectionTests {
    private let signer: CallSigner
    private let other: CallSigner

    init() throws {
        let lab = try CallLab()
        signer = try lab.signer()
        other = try lab.signer("https://certs.example.com/other.pem")
    }

    private func reject(
        _ identities: [String], _ rejection: Rejection = Rejection(), known: [(String, CredentialLookup)] = [],
        mayHold: Bool = true, _ change: (inout Snapshot.Parts) -> Void = { _ in }
    ) throws -> Outcome {
        let desk = try Desk()
        desk.know(signer)
        for (url, entry) in known { desk.know(url, entry) }
        var call = Call()
        call.identities = identities
        call.fields = ["User-Agent: " + String(repeating: "room for the answer ", count: 20)]
        return desk.process(call.bytes, Bench.verifying([.when("no", .reject(rejection))], change), mayHold: mayHold)
    }

    private func signature(_ identity: String) -> String {
        let token = identity.prefix { $0 != ";" }
        return String(token.split(separator: ".", omittingEmptySubsequences: false).last ?? "")
    }

    private func expect(_ outcome: Outcome, _ line: String, _ reasons: [String], _ comment: Comment? = nil) {
        #expect(outcome.lines.first == "SIP/2.0 " + line, comment)
        #expect(outcome.values("Reason") == reasons, comment)
        #expect(outcome.value("Content-Length") == "0", comment)
    }

    /// An Identity value with each failure that one field can have.
    private func identity(for failure: VerificationFailure) throws -> String {
        switch failure {
        case .stale: try signer.shaken(iat: CallLab.now - 61)
        case .badInfo: try signer.shaken().replacing("https://", with: "http://")
        case .unsupportedCredential: try other.shaken()
        case .badSignature: try tampered()
        case .malformed: "not.a PASSporT"
        case .claims: try signer.shaken(attest: "D")
        case .callerMismatch: try signer.shaken("19995550100")
        case .calleeMismatch: try signer.shaken(CallLab.caller, "19995550100")
        case .algorithm:
            try signer.identity(header: signer.header.replacing("ES256", with: "ES384"), claims: "{}").replacing(
                "alg=ES256", with: "alg=ES384")
        case .identityMissing, .replayed: try signer.shaken()
        }
    }

    /// Another call's signature under these claims.
    private func tampered() throws -> String {
        let own = try signer.shaken()
        return own.replacing(signature(own), with: signature(try signer.shaken("19995550100")))
    }

    @Test(
        "each failure: its status, its phrase, its Reason",
        arguments: VerificationFailure.allCases.filter { $0 != .identityMissing && $0 != .replayed && $0 != .badInfo })
    func failures(failure: VerificationFailure) throws {
        let value = try identity(for: failure)
        let outcome = try reject([value], known: [(other.url, .failed(.unsupportedCredential))])
        let phrase = "\(failure.reasonPhrase)"
        let ppi = failure == .malformed ? "" : " ;ppi=\"..\(signature(value))\""
        expect(
            outcome, "\(failure.statusCode) \(phrase)", ["STIR ;cause=\(failure.statusCode) ;text=\"\(phrase)\"\(ppi)"],
            "\(failure.name)")
    }

    @Test("bad-info: a URL that may not be fetched, and one that has no certificate")
    func badInfo() throws {
        let http = try signer.identity(
            header: signer.header.replacing("https:", with: "http:"),
            claims: #"{"attest":"A","dest":{"tn":["12155550100"]},"iat":1700000000,"orig":{"tn":"13125550142"},"origid":"x"}"#)
        let unfetchable = http.replacing("info=<https:", with: "info=<http:"), none = try other.shaken()
        for value in [unfetchable, none] {
            let outcome = try reject([value], known: [(other.url, .failed(.badInfo))])
            expect(
                outcome, "436 Bad Identity Info",
                ["STIR ;cause=436 ;text=\"Bad Identity Info\" ;ppi=\"..\(signature(value))\""])
        }
    }

    @Test("replayed: 403, though the signature is good")
    func replayed() throws {
        let value = try signer.shaken(), desk = try Desk()
        desk.know(signer)
        let rule = Rule.when("no", .reject(Rejection())) { $0.failure = 1 << UInt16(VerificationFailure.replayed.rawValue) }
        let snapshot = Bench.verifying([rule]) { $0.replayLimit = 1 }
        var call = Call()
        call.identities = [value]
        call.fields = ["User-Agent: " + String(repeating: "room for the answer ", count: 20)]
        #expect(desk.process(call.bytes, snapshot).isForwarded)
        call.callID = "second@198.51.100.5"
        let outcome = desk.process(call.bytes, snapshot)
        expect(outcome, "403 Stale Date", ["STIR ;cause=403 ;text=\"Stale Date\" ;ppi=\"..\(signature(value))\""])
    }

    @Test("no signature: 428, and nothing to give a Reason for; nor is there for a type that we do not know")
    func missing() throws {
        expect(try reject([]), "428 Use Identity Header", [])
        let unknown = try signer.identity(
            header: signer.header.replacing("shaken\"", with: "rph\""), claims: #"{"iat":1}"#, ppt: "rph")
        expect(try reject([unknown]), "428 Use Identity Header", [])
    }

    @Test("no certificate in time: 436", arguments: [true, false])
    func unavailable(hasTimedOut: Bool) throws {
        let value = try other.shaken()
        let outcome = try reject([value], known: hasTimedOut ? [(other.url, .timedOut)] : [], mayHold: false)
        expect(
            outcome, "436 Bad Identity Info", ["STIR ;cause=436 ;text=\"Bad Identity Info\" ;ppi=\"..\(signature(value))\""])
    }

    @Test("one Reason for each header that failed, in their order; the status is the first's")
    func several() throws {
        let values = try [identity(for: .stale), identity(for: .callerMismatch), identity(for: .malformed)]
        expect(
            try reject(values), "403 Stale Date",
            [
                "STIR ;cause=403 ;text=\"Stale Date\" ;ppi=\"..\(signature(values[0]))\"",
                "STIR ;cause=438 ;text=\"Invalid Identity Header\" ;ppi=\"..\(signature(values[1]))\"",
                "STIR ;cause=438 ;text=\"Invalid Identity Header\"",
            ])
    }

    @Test("a call that passed and is rejected all the same: 603, no Reason of STIR")
    func passed() throws {
        expect(try reject([try signer.shaken()]), "603 Decline", [])
    }

    @Test(
        "603+: Network Blocked, who did it and whom to ask",
        arguments: [
            ("", "SIP;cause=603;text=\"v=analytics1\";location=RLN"),
            (
                "url=https://example.com/b;tel=+12025550199",
                "SIP;cause=603;text=\"v=analytics1;url=https://example.com/b;tel=+12025550199\";location=RLN"
            ),
        ])
    func networkBlocked(redress: String, reason: String) throws {
        let outcome = try reject([], Rejection(isNetworkBlocked: true)) { $0.redress = Array(redress.utf8) }
        expect(outcome, "603 Network Blocked", [reason])
    }

    @Test("a code, a phrase and headers of one's own, with the facts filled in")
    func custom() throws {
        let template = Template([
            .field(.caller), .text(Array(" to ".utf8)), .field(.callee), .text(Array(": ".utf8)), .field(.verstat),
        ])
        let fields = [
            AddedField(name: Array("X-Why".utf8), value: template),
            AddedField(name: Array("Retry-After".utf8), value: Template([.text([0x39])])),
        ]
        let outcome = try reject([], Rejection(status: 488, reason: Array("Not You".utf8), fields: fields))
        expect(outcome, "488 Not You", [])
        #expect(outcome.value("X-Why") == "13125550142 to 12155550100: absent" && outcome.value("Retry-After") == "9")
        expect(try reject([], Rejection(status: 404)), "404 Not Found", [])
        expect(try reject([], Rejection(status: 499)), "499 Rejected by Policy", [])
        expect(try reject([], Rejection(reason: Array("Sign It".utf8))), "428 Sign It", [])
    }

    @Test("the answer repeats Vias, From, To, Call-ID and CSeq and goes back by rport")
    func answer() throws {
        let outcome = try reject([])
        #expect(outcome.disposition == .answer(status: 428, to: Bench.carrier, listener: 0))
        #expect(outcome.value("Via") == "SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bKcall1;received=198.51.100.5;rport=5060")
        #expect(outcome.value("From") == Call().from && outcome.value("Call-ID") == Call().callID)
        #expect(outcome.value("To")?.hasPrefix(Call().to + ";tag=") == true && outcome.value("CSeq") == "1 INVITE")
        #expect(outcome.value("User-Agent") == nil)
    }
}
