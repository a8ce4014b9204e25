// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import SIP
import STIR
import Testing

@testable import Load

@Suite("InvitePool: what calls are made of")
struct InvitePoolTests {
    private static let now: Int64 = 1_800_000_000

    private static func plan(_ mix: String, size: Int) throws -> CallPlan {
        var plan = CallPlan()
        plan.target = try #require(TransportAddress("192.0.2.1:5060"))
        plan.sources = [try #require(TransportAddress("192.0.2.7:5062"))]
        plan.mix = try #require(CallMix(mix))
        plan.poolSize = size
        plan.run = 7
        return plan
    }

    private static func message(_ pool: InvitePool, _ number: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: InvitePool.largest + readSlack)
        let length = bytes.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { pool.copy(number, to: $0) } ?? 0
        }
        return Array(bytes[0..<length])
    }

    @Test("every call is one of its own: Call-ID, branch and tag differ, and the Call-ID names it")
    func distinct() throws {
        let pool = try InvitePool(try Self.plan("unsigned=1", size: 10), at: Self.now)
        var index = MessageIndex()
        var seen: Set<String> = []
        for number in UInt64(0)..<100 {
            let message = Self.message(pool, number)
            let bytes = message + [UInt8](repeating: 0, count: readSlack)
            try #require(index.index(bytes.span, count: message.count) == nil)
            #expect(CallName(bytes.span, index.callID) == CallName(number: number, run: 7, kind: .unsigned))
            let branch = index.via.branch
            seen.insert(String(decoding: bytes[branch.start..<branch.end], as: UTF8.self))
            seen.insert(String(decoding: bytes[index.from.tag.start..<index.from.tag.end], as: UTF8.self))
        }
        #expect(seen.count == 200)
    }

    @Test("callers are as many as asked for, and numbers that somebody may have")
    func callers() throws {
        var plan = try Self.plan("unsigned=1", size: 300)
        plan.callers = 150
        let pool = try InvitePool(plan, at: Self.now)
        let callers = Set(
            (0..<300).map { number in
                let text = String(decoding: Self.message(pool, UInt64(number)), as: UTF8.self)
                return String(text.split(separator: "From: <sip:+1").last?.prefix(10) ?? "")
            })
        #expect(callers.count == 150)
        for caller in callers {
            let exchange = Int(caller.dropFirst(3).prefix(3)) ?? 0
            #expect(caller.hasPrefix("202") && exchange >= 200 && exchange % 100 != 11)
        }
    }

    @Test("every 64 calls have the shares of the mix, and no kind goes with a source")
    func order() throws {
        let plan = try Self.plan("A=50,unsigned=50", size: 6400), kinds = plan.kinds
        for start in stride(from: 0, to: 6400, by: 64) {
            #expect(kinds[start..<(start + 64)].count { $0 == .signedA } == 32)
        }
        let even = stride(from: 0, to: 6400, by: 2).count { kinds[$0] == .signedA }
        #expect((1400...1800).contains(even))
    }

    @Test("the Request-URI of a call is read back for its ACK")
    func requestURI() throws {
        let pool = try InvitePool(try Self.plan("unsigned=1", size: 3), at: Self.now)
        #expect(String(decoding: pool.requestURI(of: 4), as: UTF8.self) == "sip:+12152000007@192.0.2.1:5060;user=phone")
    }

    @Test("garbage is no INVITE with everything that one needs", arguments: 0..<12)
    func garbage(_ number: UInt64) throws {
        let pool = try InvitePool(try Self.plan("garbage=1", size: 12), at: Self.now)
        let message = Self.message(pool, number)
        let bytes = message + [UInt8](repeating: 0, count: readSlack)
        var index = MessageIndex()
        #expect(index.index(bytes.span, count: message.count) != nil)
    }

    /// What the verification service of the proxy says of a call, and with which attestation.
    private func verify(_ message: [UInt8], _ carriers: LabCarriers, root: Certificate, at now: Int64) throws
        -> CallVerification
    {
        let bytes = message + [UInt8](repeating: 0, count: readSlack)
        var index = MessageIndex()
        var fields = IdentityFields()
        var service = try VerificationService()
        try #require(index.index(bytes.span, count: message.count) == nil)
        guard let identity = index.firstField(.identity) else { return CallVerification() }
        fields.append(index.fields[identity].value)
        var cache = CredentialCache(key: (0, 0), capacity: 16)
        let store = try TrustStore(anchors: [root])
        for carrier in carriers.carriers {
            let credential = try store.credential(fromPEM: carrier.chain, at: now).get()
            cache.insert(
                url: Array("http://127.0.0.1:8089/\(carrier.code).pem".utf8), .credential(credential), expires: now + 60)
        }
        let plan = TelephoneNumber.Plan(countryCode: try #require(TelephoneNumber("1")))
        let callee = index.to.uri.telephoneNumber(bytes.span, plan: plan)
        let caller = index.from.uri.telephoneNumber(bytes.span, plan: plan)
        return service.verify(
            bytes.span, identities: fields, parties: CallParties(caller: caller, to: callee, requestURI: callee),
            settings: VerificationSettings(urlPolicy: CertificateURLPolicy(schemes: [.http], ports: [])), cache: &cache, at: now
        )
    }

    @Test("signed calls verify with their attestation, and those that are signed wrongly fail for what is wrong with them")
    func signatures() throws {
        let laboratory = try Laboratory(["709J", "62GW", "415K"])
        let carriers = try laboratory.carriers()
        #expect(carriers.carriers.map(\.code) == ["415K", "62GW", "709J"])
        var plan = try Self.plan("A=1,B=1,C=1,spoofed=1,tampered=1,stale=1", size: 60)
        plan.lab = carriers
        let now = Int64(Date().timeIntervalSince1970)
        let pool = try InvitePool(plan, at: now)
        for number in UInt64(0)..<60 {
            let result = try verify(Self.message(pool, number), carriers, root: laboratory.root, at: now)
            switch pool.entry(of: number).kind {
            case .signedA: #expect(result.verstat == .passed && result.attest == .full)
            case .signedB: #expect(result.verstat == .passed && result.attest == .partial)
            case .signedC: #expect(result.verstat == .passed && result.attest == .gateway)
            case .spoofed: #expect(result.failure == .callerMismatch)
            case .tampered: #expect(result.failure == .badSignature && result.attest == .full)
            case .stale: #expect(result.failure == .stale)
            default: Issue.record("a kind that is not in the mix")
            }
        }
    }

    @Test("the first carrier signs the share that it is given")
    func skew() throws {
        let laboratory = try Laboratory(["1A", "2B", "3C"])
        var plan = try Self.plan("A=1", size: 200)
        plan.lab = try laboratory.carriers()
        plan.firstShare = 90
        let pool = try InvitePool(plan, at: Self.now)
        let first = (0..<200).count { String(decoding: Self.message(pool, UInt64($0)), as: UTF8.self).contains("/1A.pem>") }
        #expect(first == 180)
    }

    @Test("signed calls without keys, and folders without carriers, are errors in words")
    func errors() throws {
        #expect(throws: LoadError.self) { try InvitePool(try Self.plan("A=1", size: 1), at: Self.now) }
        #expect(throws: LoadError.self) { try Laboratory([]).carriers() }
        #expect(throws: LoadError.self) { try LabCarriers(folder: "/nowhere/at/all", prefix: "http://127.0.0.1") }
        #expect(throws: LoadError.self) { try Laboratory(["1A"]).carriers(at: "ftp://127.0.0.1") }
    }
}
