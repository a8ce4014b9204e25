// SPDX-License-Identifier: Apache-2.0
//
// Signed calls: signers with certificates below one trust anchor, and a screener that knows them.

import Credentials
import Foundation
import Policy
import SIP

@testable import Proxy
@testable import STIR

/// A key with a certificate, published at a URL.
struct CallSigner {
    let key: PrivateKey
    let credential: Credential
    let url: String

    /// An Identity value with these JSON texts, signed over them.
    func identity(header: String? = nil, claims: String, ppt: String = "shaken") throws -> String {
        let signed = base64url(Array((header ?? self.header).utf8)) + "." + base64url(Array(claims.utf8))
        var es256 = try ES256()
        var signature = InlineArray<64, UInt8>(repeating: 0)
        guard es256.sign(Array(signed.utf8).span, with: key, into: &signature) else { throw CallLab.NotSigned() }
        return signed + "." + base64url(signature.indices.map { signature[$0] }) + ";info=<\(url)>;alg=ES256;ppt=\(ppt)"
    }

    /// An Identity value of a shaken PASSporT.
    func shaken(
        _ orig: String = CallLab.caller, _ dest: String = CallLab.callee, attest: String = "A", iat: Int64 = CallLab.now,
        origid: String = CallLab.origid
    ) throws -> String {
        try identity(
            claims: #"{"attest":"\#(attest)","dest":{"tn":["\#(dest)"]},"iat":\#(iat),"orig":{"tn":"\#(orig)"},"#
                + #""origid":"\#(origid)"}"#)
    }

    /// An Identity value of a div PASSporT: a call to `div` was diverted to `dest`.
    func diverted(
        _ div: String, to dest: String, orig: String = CallLab.caller, iat: Int64 = CallLab.now
    ) throws -> String {
        try identity(
            header: header.replacing("shaken", with: "div", maxReplacements: 1),
            claims: #"{"dest":{"tn":["\#(dest)"]},"div":{"tn":"\#(div)"},"iat":\#(iat),"orig":{"tn":"\#(orig)"}}"#, ppt: "div")
    }

    var header: String { #"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"\#(url)"}"# }
    var signing: SigningCredential? { SigningCredential(x5u: Array(url.utf8), key: key, certificate: credential) }

    private func base64url(_ bytes: [UInt8]) -> String {
        var writer = ByteWriter(capacity: bytes.count * 2 + 4)
        Base64URL.encode(bytes.span, into: &writer)
        return writer.string
    }
}

/// A trust anchor and signers below it.
final class CallLab {
    struct NotSigned: Error {}

    static let now: Int64 = 1_700_000_000
    static let caller = "13125550142", callee = "12155550100"
    static let origid = "123e4567-e89b-42d3-a456-426614174000"

    private let authority: LabAuthority
    private let trust: TrustStore

    init() throws {
        authority = try LabAuthority(
            commonName: "Test Root", notBefore: Self.now - 86_400, notAfter: Self.now + 86_400 * 365)
        trust = try TrustStore(anchors: [authority.certificate])
    }

    func signer(
        _ url: String = "https://certs.example.com/shaken.pem", _ list: TNAuthList? = nil, seconds: Int64 = 86_400 * 30
    ) throws -> CallSigner {
        let key = try PrivateKey.generate()
        let certificate = try authority.certificate(
            commonName: "SHAKEN 709J", for: key, tnAuthList: list ?? TNAuthList(serviceProviderCodes: ["709J"]),
            notBefore: Self.now - 86_400, notAfter: Self.now + seconds)
        return CallSigner(key: key, credential: try trust.credential(for: [certificate], at: Self.now).get(), url: url)
    }
}

/// The screener of a thread, fed with messages.
final class Desk {
    var screener: Screener
    /// How far the screener is behind.
    var pressure = Pressure.none
    private let slot = Slot()

    init(replays: ReplayTable = ReplayTable(capacity: 64)) throws {
        screener = Screener(
            cache: CredentialCache(key: (1, 2), capacity: 64), verifier: try VerificationService(),
            signer: try AuthenticationService(), replays: replays, node: Array("node-1".utf8))
    }

    func know(_ signer: CallSigner) { know(signer.url, .credential(signer.credential)) }

    func know(_ url: String, _ entry: CredentialLookup) {
        screener.cache.insert(url: Array(url.utf8), entry, expires: CallLab.now + 86_400)
    }

    /// Decides a message, `seconds` after `CallLab.now`.
    func process(
        _ bytes: [UInt8], from arrival: Arrival = Bench.fromCarrier, _ current: Snapshot, previous: Snapshot? = nil,
        after seconds: Int64 = 0, mayHold: Bool = true, isResumed: Bool = false
    ) -> Outcome {
        var datagram = slot.datagram(bytes)
        let occasion = Occasion(
            now: (CallLab.now + seconds) * 1000, random: InlineArray(repeating: UInt8(truncatingIfNeeded: seconds)),
            mayHold: mayHold, isResumed: isResumed, pressure: pressure)
        let disposition = screener.process(
            &datagram, arrival: arrival, current: current, previous: previous, occasion: occasion)
        return Outcome(disposition, datagram, answer: screener.proxy.answer)
    }

    /// The line for the call log of the call just decided, closed as the thread closes it.
    var record: String { screener.record.string + "}" }
}

/// A call from the carrier to the PBX, as text that can be changed.
struct Call {
    var requestURI = "sip:+12155550100@192.0.2.10"
    var branch = "z9hG4bKcall1"
    var from = "<sip:+13125550142@198.51.100.5>;tag=a1"
    var to = "<sip:+12155550100@192.0.2.10>"
    var callID = "call-1@198.51.100.5"
    var method = "INVITE"
    var identities: [String] = []
    /// Further header fields, one a line.
    var fields: [String] = []
    var body = "v=0\r\n"

    /// A call from the PBX to the carrier.
    static var outgoing: Call {
        var call = Call()
        call.requestURI = "sip:+13125550142@10.0.0.1"
        call.from = "<sip:+12155550100@10.0.0.10>;tag=b1"
        call.to = "<sip:+13125550142@10.0.0.1>"
        call.callID = "call-1@10.0.0.10"
        return call
    }

    var bytes: [UInt8] {
        let host = callID.split(separator: "@").last ?? ""
        var lines = [
            "\(method) \(requestURI) SIP/2.0", "Via: SIP/2.0/UDP \(host):5060;branch=\(branch);rport", "Max-Forwards: 70",
            "From: \(from)", "To: \(to)", "Call-ID: \(callID)", "CSeq: 1 \(method)",
        ]
        lines += fields + identities.map { "Identity: " + $0 } + ["Content-Length: \(body.utf8.count)"]
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }
}

extension Rule {
    /// A rule for all calls, or for those that `change` lets its condition hold for.
    static func when(_ name: String, _ action: Action, _ change: (inout Condition) -> Void = { _ in }) -> Rule {
        var condition = Condition()
        change(&condition)
        return Rule(name: name, condition: condition, action: action)
    }

    /// The same without a name that matters.
    static func when(_ action: Action, _ change: (inout Condition) -> Void = { _ in }) -> Rule {
        when("rule", action, change)
    }
}

extension Bench {
    /// A snapshot that verifies, with these rules.
    static func verifying(
        _ rules: [Rule] = [], isEnforcing: Bool = true, _ change: (inout Snapshot.Parts) -> Void = { _ in }
    ) -> Snapshot {
        snapshot { parts in
            parts.verification = VerificationSettings()
            parts.policy = RulePolicy(rules: rules, lists: Lists(), isEnforcing: isEnforcing)
            change(&parts)
        }
    }

    /// A snapshot that signs, with these rows of `attestation`.
    static func signing(
        _ signer: CallSigner, _ rows: [AttestationPolicy.Row], _ change: (inout Snapshot.Parts) -> Void = { _ in }
    ) -> Snapshot {
        snapshot { parts in
            parts.signing = signer.signing.map { Signing(credential: $0, attestation: AttestationPolicy(rows: rows)) }
            change(&parts)
        }
    }
}
