// SPDX-License-Identifier: Apache-2.0

import Credentials
import STIR
import Server
import Testing

@testable import Tools

@Suite("passport verify: the proxy's verdict, check by check")
struct PASSporTVerificationTests {
    private static let header = #"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"\#(Lab.url)"}"#
    private let lab: Lab

    init() throws { lab = try Lab() }

    private func claims(attest: String = "A", iat: Int64 = Lab.now) -> String {
        #"{"attest":"\#(attest)","dest":{"tn":["\#(Lab.callee)"]},"iat":\#(iat),"orig":{"tn":"\#(Lab.caller)"},"origid":"x"}"#
    }

    /// Every check before `step` went well, none behind it was made.
    private func expect(
        _ report: VerificationReport, _ failure: VerificationFailure, at step: VerificationReport.Step, says words: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let checks = try #require(report.headers.first).checks
        let place = try #require(VerificationReport.Step.allCases.firstIndex(of: step))
        let expected = VerificationReport.Step.allCases.indices.map { index -> VerificationReport.Outcome in
            index < place ? .ok : index == place ? .failed(failure) : .skipped
        }
        #expect(checks.map(\.outcome) == expected, sourceLocation: sourceLocation)
        #expect(report.failure == failure && report.verstat != .passed, sourceLocation: sourceLocation)
        #expect(report.text.contains("failed  \(failure.name)  ") || words.isEmpty, sourceLocation: sourceLocation)
        #expect(report.text.contains(words) || words.isEmpty, sourceLocation: sourceLocation)
        #expect(
            report.text.hasSuffix("\(failure.name) (\(failure.statusCode) \(failure.reasonPhrase))"),
            sourceLocation: sourceLocation)
    }

    @Test("a good one, whole and bare")
    func good() async throws {
        let signer = try lab.signer()
        let value = try signer.signing().sign(Lab.claims())
        let bare = String(value.prefix { $0 != ";" })
        for text in [value, bare] {
            let report = try await lab.verify(text, with: signer, from: "+1 (202) 555-0100", to: Lab.callee)
            #expect(report.verstat == .passed && report.failure == nil)
            #expect(report.headers.first?.checks.allSatisfy { $0.outcome == .ok } == true)
            #expect(report.text.hasSuffix("passed, attest A, signed by 709J"))
        }
    }

    @Test("each check fails under its name")
    func failures() async throws {
        let signer = try lab.signer(), other = try lab.signer()
        let value = try signer.signing().sign(Lab.claims())
        try expect(await lab.verify(value, with: signer, at: Lab.now + 61), .stale, at: .iat, says: "--at \(Lab.now)")
        try expect(await lab.verify(value, with: signer, from: "12025550101"), .callerMismatch, at: .orig, says: "12025550101")
        try expect(await lab.verify(value, with: signer, to: "13125550143"), .calleeMismatch, at: .dest, says: "13125550143")
        try expect(await lab.verify(value, with: other), .badSignature, at: .signature)
        let http = try signer.signing(x5u: "http://certs.example.com/c").sign(Lab.claims())
        try expect(await lab.verify(http, with: signer), .badInfo, at: .info, says: "https URL")
        try expect(await lab.verify(value, with: try Lab().signer()), .unsupportedCredential, at: .certificate, says: "anchor")
        let garbage = Lab.Signer(key: signer.key, certificates: [])
        try expect(await lab.verify(value, with: garbage), .badInfo, at: .certificate, says: "no PEM certificate")
    }

    @Test("what is about the form fails there, whatever its name")
    func form() async throws {
        let signer = try lab.signer()
        func verify(_ header: String, _ claims: String) async throws -> VerificationReport {
            try await lab.verify(try token(header, claims, key: signer.key), with: signer)
        }
        try expect(await verify(Self.header, claims(attest: "D")), .claims, at: .form, says: "claim")
        try expect(await verify(Self.header, "{}"), .claims, at: .form)
        try expect(await verify(Self.header, "{"), .malformed, at: .form, says: "JSON")
        let none = Self.header.replacing("ES256", with: "none")
        try expect(await verify(none, claims()), .algorithm, at: .form, says: "ES256")
        for text in ["not.a.passport", "nonsense", "..AAAA;info=<\(Lab.url)>"] {
            try expect(await lab.verify(text, with: signer), .malformed, at: .form)
        }
    }

    @Test("what is about the certificate's extensions fails behind it")
    func extensions() async throws {
        let limited = try lab.signer(constraints: ClaimConstraints(mustInclude: [Array("rcd".utf8)]))
        let value = try token(Self.header, claims(), key: limited.key)
        try expect(await lab.verify(value, with: limited), .claims, at: .constraints, says: "must include rcd")
        let delegate = try lab.signer(Authorization.list(codes: [], numbers: [], ranges: ["12025550200,100"]))
        let foreign = try token(Self.header, claims(), key: delegate.key)
        try expect(
            await lab.verify(foreign, with: delegate), .unsupportedCredential, at: .tnAuthList, says: "12025550200-12025550299")
    }

    @Test("expired at that time")
    func expired() async throws {
        let signer = try lab.signer(days: 2), time = Lab.now + 3 * Lab.day
        let value = try token(Self.header, claims(iat: time), key: signer.key)
        try expect(
            await lab.verify(value, with: signer, at: time), .unsupportedCredential, at: .certificate,
            says: "until 2023-11-16T22:13:20Z")
    }

    @Test("a type that is not known is ignored, and then nothing is signed")
    func ignored() async throws {
        let signer = try lab.signer()
        let value = try token(Self.header.replacing("shaken", with: "rph"), claims(), key: signer.key)
        let report = try await lab.verify(value, with: signer)
        #expect(report.verstat == .absent && report.failure == .identityMissing && report.text.contains("ignored"))
    }

    @Test("a diversion counts along with what it diverts (RFC 8946)")
    func diversion() async throws {
        let signer = try lab.signer()
        let own = try signer.signing().sign(Lab.claims())
        let claims =
            #"{"dest":{"tn":["13125550199"]},"div":{"tn":"\#(Lab.callee)"},"iat":\#(Lab.now),"orig":{"tn":"\#(Lab.caller)"}}"#
        let header = Self.header.replacing("shaken", with: "div")
        let div = try token(header, claims, key: signer.key)
        let report = try await lab.verify(own, div, with: signer, to: "13125550199")
        #expect(report.verstat == .passed)
        #expect(report.text.contains("\(Lab.callee), diverted to 13125550199"))
        #expect(report.headers.allSatisfy { $0.checks.allSatisfy { $0.outcome == .ok } })
        try expect(await lab.verify(div, with: signer), .calleeMismatch, at: .dest, says: "RFC 8946")
    }

    @Test("nothing in a token or certificate reaches the terminal as a command")
    func hostile() async throws {
        let signer = try lab.signer()
        for text in ["\u{1B}[31m.\u{9B}.\u{202E};info=<\u{1B}[2J>", "a.b.c;info=<https://x/\u{1B}>;ppt=\u{1B}"] {
            let report = try await lab.verify(text, with: signer)
            #expect(report.text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "§" || (0x20...0x7E).contains($0.value) })
        }
    }

    @Test("too many values")
    func limits() async throws {
        let signer = try lab.signer()
        let values = try (0..<17).map { _ in try IdentityValue("a.b.c") }
        let verification = PASSporTVerification(
            PreparedVerification(trust: try TrustStore(anchors: [lab.root.certificate])), certificate: try signer.chain(), at: 1
        )
        await #expect(throws: ToolError.self) { try await verification.verify(values) }
        let long = try (0..<3).map { _ in try IdentityValue("a.b.c;x=" + String(repeating: "y", count: 30_000)) }
        await #expect(throws: ToolError.self) { try await verification.verify(long) }
    }
}
