// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite("RFC 8224 §6.2: the verification service")
struct VerificationServiceTests {
    let lab: Lab
    let signer: Signer

    init() throws {
        lab = try Lab()
        signer = try lab.signer()
    }

    @Test func passes() throws {
        let value = try signer.shaken(attest: "B")
        let verified = lab.verify(value)
        #expect(verified.verstat == .passed)
        #expect(verified.failure == nil)
        #expect(verified.result.attest == .partial)
        #expect(verified.result.origid.description == Lab.origid)
        #expect(verified.result.signer.description == "709J")
        #expect(verified.text(verified.result.x5u) == signer.url)
        #expect(verified.verdicts == [.passed])
        #expect(value.contains(".\(verified.text(verified.result.outcome(0).signature));"))
    }

    @Test func absent() {
        #expect(lab.verify().verstat == .absent)
        #expect(lab.verify().verdicts == [])
    }

    @Test("§12.1: To or the Request-URI") func callee() throws {
        let value = try signer.shaken()
        #expect(lab.verify(value, requestURI: nil).verstat == .passed)
        #expect(lab.verify(value, to: nil).verstat == .passed)
        #expect(lab.verify(value, to: nil, requestURI: nil).failure == .calleeMismatch)
        #expect(lab.verify(value, to: "12155550101", requestURI: "12155550102").failure == .calleeMismatch)
    }

    @Test("§6.2.4: nobody signs for a caller who is none") func caller() throws {
        #expect(try lab.verify(signer.shaken(), caller: nil).failure == .callerMismatch)
        #expect(try lab.verify(signer.shaken("13125550199")).failure == .callerMismatch)
        #expect(try lab.verify(signer.shaken("1312555014")).failure == .claims)
    }

    @Test("step 4: iat, both ways") func freshness() throws {
        for age: Int64 in [0, 45, 60, -45, -60] {
            #expect(try lab.verify(signer.shaken(iat: Lab.now - age)).verstat == .passed)
        }
        for age: Int64 in [61, 200, -61, -10_000, 1_000_000] {
            #expect(try lab.verify(signer.shaken(iat: Lab.now - age)).failure == .stale)
        }
        let settings = VerificationSettings(freshness: 5)
        #expect(try lab.verify(signer.shaken(iat: Lab.now - 6), settings: settings).failure == .stale)
    }

    @Test("step 4: iat falls within the dates of the certificate")
    func certificateDates() throws {
        let lab = try Lab(), signer = try lab.signer(days: 1), begin = Lab.now - 86_400, end = Lab.now + 86_400
        #expect(try lab.verify(signer.shaken(iat: begin), at: begin + 30).verstat == .passed)
        #expect(try lab.verify(signer.shaken(iat: begin - 1), at: begin + 30).failure == .unsupportedCredential)
        #expect(try lab.verify(signer.shaken(iat: end), at: end - 30).verstat == .passed)
        #expect(try lab.verify(signer.shaken(iat: end + 1), at: end - 30).failure == .unsupportedCredential)
    }

    @Test("step 4: Date, where it is checked") func date() throws {
        let checking = VerificationSettings(checksDate: true)
        let value = try signer.shaken()
        for (date, verstat) in [
            ("Tue, 14 Nov 2023 22:13:20 GMT", Verstat.passed), ("Tue, 14 Nov 2023 22:12:40 GMT", .passed),
            ("Tue, 14 Nov 2023 21:13:20 GMT", .failed), ("Tue, 14 Nov 2023 23:13:20 GMT", .failed),
            ("Tue, 14 Nov 2023 22:13:20 EST", .failed),
        ] {
            #expect(lab.verify(value, date: date, settings: checking).verstat == verstat)
            #expect(lab.verify(value, date: date).verstat == .passed)
        }
        #expect(lab.verify(value, date: "x", settings: checking).failure == .stale)
        #expect(lab.verify(value, settings: checking).verstat == .passed)
    }

    @Test("step 5: the signature over the received bytes") func signature() throws {
        let other = try lab.signer()
        let stolen = try Signer(key: other.key, credential: signer.credential, url: signer.url).shaken()
        #expect(lab.verify(stolen).failure == .badSignature)
        let parts = try signer.shaken(attest: "C").split(separator: ".", maxSplits: 2)
        let raised = "\(parts[0]).\(base64url(Lab.claims(attest: "A"))).\(parts[2])"
        let verified = lab.verify(raised)
        #expect(verified.failure == .badSignature)
        #expect(verified.result.attest == .full)
        #expect(verified.result.signer.isEmpty)
        let zero = "\(parts[0]).\(parts[1]).\(base64url([UInt8](repeating: 0, count: 64)))" + signer.parameters()
        #expect(lab.verify(zero).failure == .badSignature)
    }

    @Test("the other s is as good (RFC 7515 §3.4), and no other PASSporT") func otherHalf() throws {
        let signed = base64url(signer.header()) + "." + base64url(Lab.claims())
        let raw = try signer.raw(signed)
        let order: [UInt8] = [
            0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD,
            0xA7, 0x17, 0x9E,
            0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
        ]
        var other = raw
        var borrow = 0
        for i in (0..<32).reversed() {
            let difference = Int(order[i]) - Int(raw[32 + i]) - borrow
            borrow = difference < 0 ? 1 : 0
            other[32 + i] = UInt8(difference + borrow * 256)
        }
        let first = lab.verify(signed + "." + base64url(raw) + signer.parameters())
        let second = lab.verify(signed + "." + base64url(other) + signer.parameters())
        #expect(first.verstat == .passed)
        #expect(second.verstat == .passed)
        #expect(first.tokenName() == second.tokenName())
    }

    @Test("step 3: what is known of the credential") func credentials() throws {
        let unknown = try lab.signer(isCached: false)
        let value = try unknown.shaken()
        let pending = lab.verify(value)
        #expect(pending.result.isPending)
        #expect(pending.verstat == .unavailable)
        #expect(pending.failure == nil)
        #expect(pending.verdicts == [.pending])
        #expect(pending.missing == [unknown.url])
        lab.keep(unknown.url, .failed(.badInfo))
        #expect(lab.verify(value).failure == .badInfo)
        lab.keep(unknown.url, .failed(.unsupportedCredential))
        #expect(lab.verify(value).failure == .unsupportedCredential)
        lab.keep(unknown.url, .timedOut)
        #expect(lab.verify(value).verstat == .unavailable)
        #expect(lab.verify(value).verdicts == [.unavailable])
        #expect(!lab.verify(value).result.isPending)
        lab.keep(unknown.url, .credential(unknown.credential))
        #expect(lab.verify(value).verstat == .passed)
    }

    @Test("a certificate that has expired since it was fetched") func expired() throws {
        let short = try lab.signer(days: 1)
        let later = short.credential.notAfter + 1
        lab.keep(short.url, .missing)
        var cache = CredentialCache(key: (1, 2), capacity: 8)
        cache.insert(url: Array(short.url.utf8), .credential(short.credential), expires: .max)
        let text = Text(try short.shaken(iat: later))
        var fields = IdentityFields()
        var service = try VerificationService()
        fields.append(text.range)
        let parties = CallParties(caller: TelephoneNumber(Lab.caller), to: TelephoneNumber(Lab.callee))
        let result = service.verify(
            text.bytes.span, identities: fields, parties: parties, settings: VerificationSettings(), cache: &cache,
            at: later)
        #expect(result.failure == .unsupportedCredential)
    }

    @Test("RFC 8226 §9: the certificate covers the caller") func tnAuthList() throws {
        let number = try lab.signer(TNAuthList(numbers: [Array(Lab.caller.utf8)]))
        let range = try lab.signer(
            TNAuthList(ranges: [TelephoneNumberRange(start: Array("13125550100".utf8), count: 100)]))
        let elsewhere = try lab.signer(TNAuthList(numbers: [Array("14155550100".utf8)]))
        #expect(try lab.verify(number.shaken()).verstat == .passed)
        #expect(try lab.verify(range.shaken()).verstat == .passed)
        #expect(try lab.verify(elsewhere.shaken()).failure == .unsupportedCredential)
        #expect(try lab.verify(number.shaken()).result.signer.isEmpty)
    }

    @Test(
        "URLs that may not be fetched",
        arguments: [
            "http://certs.example.com/a.pem", "https://certs.example.com:22/a.pem", "https://u@h/x", "https://h/x?y",
            "file:///etc/passwd", "x.pem",
            "https://0x7f.1/", "https://h/a b", "%%%",
        ])
    func urls(_ url: String) throws {
        let verified = try lab.verify(signer.shaken(url: url))
        #expect(verified.failure == .badInfo)
        #expect(verified.missing == [])
    }

    @Test("nothing is fetched for what fails earlier") func noFetchForFailures() throws {
        let unknown = try lab.signer(isCached: false)
        for value in [
            try unknown.shaken(iat: Lab.now - 100), try unknown.shaken("19995550000"),
            try unknown.shaken(Lab.caller, "19995550000"),
            try unknown.shaken(attest: "D"), try unknown.token(unknown.header(), "[]") + unknown.parameters(),
            try unknown.shaken().replacing("alg=ES256", with: "alg=none"), try unknown.shaken() + ";info=<x>",
        ] {
            let verified = lab.verify(value)
            #expect(verified.verstat == .failed)
            #expect(verified.missing == [])
        }
    }

    @Test("§6.2.1: one good header is enough, wherever it is") func severalHeaders() throws {
        let good = try signer.shaken(attest: "B")
        let stale = try signer.shaken(iat: Lab.now - 100)
        for values in [[good, stale, "x"], [stale, good, "x"], ["x", stale, good]] {
            let verified = lab.verify(values.map { Array($0.utf8) })
            #expect(verified.verstat == .passed)
            #expect(verified.result.attest == .partial)
            #expect(verified.verdicts.filter { $0 == .passed }.count == 1)
        }
        let future = try signer.token(signer.header(ppt: "future"), "{}") + signer.parameters(ppt: "future")
        #expect(lab.verify(future, good).verdicts == [.ignored, .passed])
        #expect(lab.verify(good, future).verdicts == [.passed, .ignored])
    }

    @Test("the first failure in header order is the call's") func firstFailure() throws {
        let stale = try signer.shaken(iat: Lab.now - 100)
        let wrong = try signer.shaken("19995550000")
        let future = "..x;info=<u>;ppt=future"
        #expect(lab.verify(future, stale, wrong).failure == .stale)
        #expect(lab.verify(wrong, stale).failure == .callerMismatch)
        #expect(
            lab.verify(wrong, stale, "x").verdicts == [.failed(.callerMismatch), .failed(.stale), .failed(.malformed)])
    }

    @Test("a header that fails does not hide one that is pending, nor a pending one a good one")
    func pendingAmongOthers() throws {
        let unknown = try lab.signer(isCached: false)
        let stale = try signer.shaken(iat: Lab.now - 100)
        let pending = try lab.verify(stale, unknown.shaken(), unknown.shaken(attest: "C"))
        #expect(pending.result.isPending)
        #expect(pending.failure == nil)
        #expect(pending.missing == [unknown.url])
        let passed = try lab.verify(unknown.shaken(), signer.shaken(attest: "C"))
        #expect(passed.verstat == .passed)
        #expect(!passed.result.isPending)
        #expect(passed.missing == [])
        #expect(passed.result.attest == .gateway)
        lab.keep(unknown.url, .timedOut)
        #expect(try lab.verify(stale, unknown.shaken()).verstat == .failed)
        #expect(try lab.verify(stale, unknown.shaken()).failure == .stale)
        #expect(try lab.verify("..x;info=<u>;ppt=future", unknown.shaken()).verstat == .unavailable)
    }

    @Test("at most four certificates are asked for, each once") func missing() throws {
        let values = try (0..<12).map { try signer.shaken(url: "https://h/\($0 % 10)") }
        let verified = lab.verify(values.map { Array($0.utf8) })
        #expect(verified.result.isPending)
        #expect(verified.missing == (0..<4).map { "https://h/\($0)" })
    }

    @Test("sixteen headers are looked at") func many() throws {
        let good = Array(try signer.shaken().utf8)
        let bad = Array("x".utf8)
        #expect(lab.verify([[UInt8]](repeating: bad, count: 15) + [good]).verstat == .passed)
        #expect(lab.verify([[UInt8]](repeating: bad, count: 16) + [good]).failure == .malformed)
    }

    @Test("the signatures of ten are checked, whoever sends more: the others are unavailable, and verify nothing")
    func mostSignatures() throws {
        let other = try signer.shaken(attest: "B").split(separator: ";")[0].split(separator: ".")[2]
        let parts = try signer.shaken().split(separator: ".", maxSplits: 2)
        let bad = Array("\(parts[0]).\(parts[1]).\(other);\(parts[2].split(separator: ";", maxSplits: 1)[1])".utf8)
        let result = lab.verify([[UInt8]](repeating: bad, count: 15) + [Array(try signer.shaken().utf8)]).result
        let verdicts = (0..<result.count).map { result.outcome($0).verdict }
        #expect(verdicts.prefix(10).allSatisfy { $0 == .failed(.badSignature) })
        #expect(verdicts.dropFirst(10).count == 6 && verdicts.dropFirst(10).allSatisfy { $0 == .unavailable })
        #expect(result.verstat == .failed && result.failure == .badSignature)
    }

    @Test("every failure that this module finds is found") func everyFailure() throws {
        let alien = try lab.signer(isCached: false)
        lab.keep(alien.url, .failed(.unsupportedCredential))
        let parts = try signer.shaken().split(separator: ".", maxSplits: 2)
        let values = [
            try signer.shaken(iat: 0), try signer.shaken(url: "ftp://h/x"), try alien.shaken(),
            "\(parts[0]).\(base64url(Lab.claims(attest: "C"))).\(parts[2])", "", try signer.shaken(attest: "D"),
            try signer.shaken("13125550199"),
            try signer.shaken(Lab.caller, "1"), try signer.shaken().replacing("alg=ES256", with: "alg=none"),
        ]
        let found = values.compactMap { lab.verify($0).failure }
        let elsewhere: Set<VerificationFailure> = [.identityMissing, .replayed]
        #expect(found == VerificationFailure.allCases.filter { !elsewhere.contains($0) })
    }
}
