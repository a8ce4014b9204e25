// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite("RFC 8946 §4.1: which diversions a request lacks")
struct DiversionReaderTests {
    /// Numbers of ours: 1215555xxxx.
    static let first = "12155550101", second = "12155550102", third = "12155550103"
    static let goal = "19995550100"
    let signer: Signer

    init() throws { signer = try Lab().signer() }

    private func read(
        _ identities: [String], to: String? = goal, requestURI: String? = goal, caller: String? = Lab.caller,
        at now: Int64 = Lab.now
    ) -> (numbers: [String], absence: Diversions.Absence) {
        var message: [UInt8] = []
        var fields = IdentityFields()
        for identity in identities {
            fields.append(ByteRange(message.count, message.count + identity.utf8.count))
            message += Array(identity.utf8)
        }
        let text = Text(message)
        let parties = CallParties(
            caller: caller.flatMap { TelephoneNumber($0) }, to: to.flatMap { TelephoneNumber($0) },
            requestURI: requestURI.flatMap { TelephoneNumber($0) })
        var reader = DiversionReader()
        let found = reader.read(
            text.bytes.span, identities: fields, parties: parties, settings: VerificationSettings(), at: now
        ) { $0.description.hasPrefix("1215555") }
        return ((0..<found.count).map { found.number($0).description }, found.absence)
    }

    @Test func one() throws {
        #expect(try read([signer.shaken(Lab.caller, Self.first)]).numbers == [Self.first])
        #expect(try read([signer.base(Lab.caller, Self.first)]).numbers == [Self.first])
        #expect(try read([signer.shaken(Lab.caller, Self.first)], to: Self.first).numbers == [Self.first])
    }

    @Test("one for each destination, however many signed for it") func distinct() throws {
        let twice = [try signer.shaken(Lab.caller, Self.first), try signer.base(Lab.caller, Self.first)]
        #expect(read(twice).numbers == [Self.first])
        #expect(
            try read(twice + [signer.shaken(Lab.caller, Self.second)]).numbers == [Self.first, Self.second])
    }

    @Test("only the outermost link of a chain is continued, in any order of the fields") func chains() throws {
        let original = try signer.shaken(Lab.caller, Self.first)
        let one = try signer.div(Self.first, to: Self.second), two = try signer.div(Self.second, to: Self.third)
        for fields in [[original, one, two], [two, one, original], [one, original, two]] {
            #expect(read(fields).numbers == [Self.third])
        }
        // Two signed for the number that was diverted: both chains have grown.
        #expect(try read([original, signer.base(Lab.caller, Self.first), one]).numbers == [Self.second])
    }

    @Test("a call that comes back to a number goes on from there") func circle() throws {
        let fields = [
            try signer.shaken(Lab.caller, Self.first), try signer.div(Self.first, to: Self.second),
            try signer.div(Self.second, to: Self.first),
        ]
        #expect(read(fields).numbers == [Self.first])
        #expect(read(fields, requestURI: Self.first).numbers == [])
    }

    @Test("not diverted: for the Request-URI already, by itself or by its chain") func notDiverted() throws {
        let original = try signer.shaken(Lab.caller, Self.first)
        #expect(read([original], requestURI: Self.first) == ([], .notDiverted))
        #expect(try read([original, signer.div(Self.first, to: Self.goal)]) == ([], .notDiverted))
        let several = #"{"attest":"A","dest":{"tn":["\#(Self.first)","\#(Self.goal)"]},"iat":\#(Lab.now),"#
        #expect(
            try read([signer.shaken(claims: several + #""orig":{"tn":"\#(Lab.caller)"},"origid":"x"}"#)]) == ([], .notDiverted))
    }

    @Test("signed for another caller, or for a caller that is no number: not about this call") func caller() throws {
        let original = try signer.shaken(Lab.caller, Self.first)
        #expect(read([original], caller: "13125550199") == ([], .notDiverted))
        #expect(read([original], caller: nil) == ([], .notDiverted))
        #expect(try read([signer.div(Self.first, to: Self.second)]) == ([], .notDiverted), "a chain without beginning")
    }

    @Test("ATIS-1000085: stale when it came; and what lies within may be hours old") func stale() throws {
        #expect(try read([signer.shaken(Lab.caller, Self.first, iat: Lab.now - 60)]).numbers == [Self.first])
        #expect(try read([signer.shaken(Lab.caller, Self.first, iat: Lab.now - 61)]) == ([], .stale))
        #expect(try read([signer.shaken(Lab.caller, Self.first, iat: Lab.now + 61)]).numbers == [])
        let old = try signer.shaken(Lab.caller, Self.first, iat: Lab.now - 10_000)
        #expect(try read([old, signer.div(Self.first, to: Self.second)]).numbers == [Self.second])
        #expect(try read([old, signer.div(Self.first, to: Self.second, iat: Lab.now - 61)]) == ([], .stale))
        let older = try signer.shaken(Lab.caller, Self.first, iat: Lab.now - 10_801)
        #expect(try read([older, signer.div(Self.first, to: Self.second)]).numbers == [])
    }

    @Test("a number that is not ours is not ours to divert") func foreign() throws {
        #expect(try read([signer.shaken(Lab.caller, "14155550100")]) == ([], .foreign))
        let mixed = [try signer.shaken(Lab.caller, "14155550100"), try signer.shaken(Lab.caller, Self.first)]
        #expect(read(mixed).numbers == [Self.first])
    }

    @Test("signed for several numbers: the one of ours; of several of ours the one in To") func severalDestinations() throws {
        func several(_ numbers: String...) throws -> String {
            let list = numbers.map { "\"\($0)\"" }.joined(separator: ",")
            return try signer.shaken(
                claims:
                    #"{"attest":"A","dest":{"tn":[\#(list)]},"iat":\#(Lab.now),"orig":{"tn":"\#(Lab.caller)"},"origid":"x"}"#)
        }
        #expect(try read([several("14155550100", Self.first)]).numbers == [Self.first])
        #expect(try read([several(Self.first, Self.first)]).numbers == [Self.first])
        #expect(try read([several(Self.first, Self.second)]) == ([], .foreign))
        #expect(try read([several(Self.first, Self.second)], to: Self.second).numbers == [Self.second])
        let uri = #"{"attest":"A","dest":{"uri":["sip:a@b"]},"iat":\#(Lab.now),"orig":{"tn":"\#(Lab.caller)"},"origid":"x"}"#
        #expect(try read([signer.shaken(claims: uri)]) == ([], .foreign))
    }

    @Test("one field that cannot be read, and nothing is said") func unreadable() throws {
        let original = try signer.shaken(Lab.caller, Self.first)
        for broken in [
            "x", "a.b.c", original.replacing("ES256", with: "RS256"), String(original.dropFirst()),
            try signer.shaken(claims: #"{"iat":1}"#),
        ] {
            #expect(read([original, broken]) == ([], .unreadable), "\(broken)")
            #expect(read([broken, original]) == ([], .unreadable), "\(broken)")
        }
        let many = try (0..<17).map { try signer.shaken(Lab.caller, Self.first, iat: Lab.now - Int64($0)) }
        #expect(read(many) == ([], .unreadable))
        #expect(read(Array(many.dropLast())).numbers == [Self.first])
    }

    @Test("other types and the compact form are passed over") func passedOver() throws {
        let original = try signer.shaken(Lab.caller, Self.first)
        let signature = try #require(original.split(separator: ";").first?.split(separator: ".").last)
        let others = ["..\(signature);info=<\(signer.url)>", "a.b.c;info=<\(signer.url)>;ppt=rcd"]
        #expect(read([original] + others).numbers == [Self.first])
        #expect(read(others) == ([], .notDiverted))
    }

    @Test("no chain grows longer than a verifier follows it") func long() throws {
        var fields = [try signer.shaken(Lab.caller, "12155550200")]
        for step in 0..<VerificationService.longestChain {
            #expect(read(fields).numbers == ["\(12_155_550_200 + step)"])
            fields.append(try signer.div("\(12_155_550_200 + step)", to: "\(12_155_550_201 + step)"))
        }
        #expect(read(fields) == ([], .stale))
    }
}
