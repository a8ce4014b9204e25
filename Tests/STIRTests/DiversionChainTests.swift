// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite("RFC 8946 §4.2: chains of diversions")
struct DiversionChainTests {
    static let first = "12155550101", second = "12155550102", last = Lab.callee
    let lab: Lab
    let caller: Signer
    let forwarder: Signer

    init() throws {
        lab = try Lab()
        caller = try lab.signer()
        forwarder = try lab.signer(TNAuthList(serviceProviderCodes: ["812K"]))
    }

    private func verify(_ values: [String], to: String? = "12155550188", requestURI: String? = last) -> Verified {
        lab.verify(values.map { Array($0.utf8) }, to: to, requestURI: requestURI)
    }

    @Test func passes() throws {
        let values = [
            try caller.shaken(Lab.caller, Self.first, attest: "B"), try forwarder.div(Self.first, to: Self.last),
        ]
        for values in [values, values.reversed()] {
            for to in [Self.first, Self.last, "12155550188", nil] {
                let verified = verify(values, to: to)
                #expect(verified.verstat == .passed)
                #expect(verified.result.attest == .partial)
                #expect(verified.result.signer.description == "709J")
                #expect(verified.text(verified.result.x5u) == caller.url)
            }
            #expect(verify(values).verdicts == [.passed, .passed])
        }
    }

    @Test("the name of a chain is its outermost PASSporT's") func tokenName() throws {
        let original = try caller.shaken(Lab.caller, Self.first)
        let one = verify([original, try forwarder.div(Self.first, to: Self.last)])
        let two = verify([original, try forwarder.div(Self.first, to: Self.last, iat: Lab.now - 1)])
        #expect(one.verstat == .passed)
        #expect(two.verstat == .passed)
        #expect(one.tokenName() != two.tokenName())
    }

    @Test func overSeveralNumbers() throws {
        let values = [
            try forwarder.div(Self.second, to: Self.last), try caller.shaken(Lab.caller, Self.first),
            try forwarder.div(Self.first, to: Self.second),
        ]
        #expect(verify(values).verdicts == [.passed, .passed, .passed])
        #expect(verify([values[0], values[1]]).verstat == .failed)
        #expect(verify([values[0], values[2]]).verstat == .failed)
    }

    @Test func baseTypeInside() throws {
        let verified = verify([try caller.base(Lab.caller, Self.first), try forwarder.div(Self.first, to: Self.last)])
        #expect(verified.verstat == .passed)
        #expect(verified.result.attest == nil)
    }

    @Test("a call that was not diverted needs no chain") func besideAPASSporTThatPasses() throws {
        let verified = lab.verify(try caller.shaken(), try forwarder.div("19995550000", to: Self.last))
        #expect(verified.verstat == .passed)
        #expect(verified.verdicts == [.passed, .failed(.calleeMismatch)])
    }

    @Test func incomplete() throws {
        let original = try caller.shaken(Lab.caller, Self.first)
        #expect(verify([original]).failure == .calleeMismatch)
        #expect(verify([original, try forwarder.div(Self.second, to: Self.last)]).failure == .calleeMismatch)
        #expect(verify([original, try forwarder.div(Self.first, to: "12155550177")]).failure == .calleeMismatch)
        #expect(verify([try forwarder.div(Self.first, to: Self.last)]).failure == .calleeMismatch)
        #expect(
            verify([original, try forwarder.div(Self.first, to: Self.last)], requestURI: nil).failure == .calleeMismatch
        )
        #expect(
            verify([original, try forwarder.div(Self.first, to: "12155550188")], to: "12155550188").failure
                == .calleeMismatch)
    }

    @Test func claims() throws {
        let original = try caller.shaken(Lab.caller, Self.first)
        for div in [
            "", #""div":{},"#, #""div":"12155550101","#, #""div":{"tn":["12155550101"]},"#, #""div":{"hi":"1.1"},"#,
            #""div":{"tn":""},"#,
            #""div":{"tn":"12155550101","uri":"sip:a@b"},"#, #""div":null,"#,
        ] {
            let claims = #"{"dest":{"tn":["\#(Self.last)"]},\#(div)"iat":\#(Lab.now),"orig":{"tn":"\#(Lab.caller)"}}"#
            let value = try forwarder.token(forwarder.header(ppt: "div"), claims) + forwarder.parameters(ppt: "div")
            let verified = verify([value, original])
            #expect(verified.verdicts == [.failed(.claims), .failed(.calleeMismatch)], "\(div)")
        }
        let claims =
            #"{"dest":{"tn":["\#(Self.last)"]},"div":{"tn":"\#(Self.first)","hi":"1.2"},"iat":\#(Lab.now),"orig":{"tn":"\#(Lab.caller)"},"opt":"x"}"#
        let value = try forwarder.token(forwarder.header(ppt: "div"), claims) + forwarder.parameters(ppt: "\"div\"")
        #expect(verify([value, original]).verstat == .passed)
    }

    @Test("orig is the caller in every link") func origins() throws {
        let original = try caller.shaken(Lab.caller, Self.first)
        let div = try forwarder.div(Self.first, to: Self.last)
        let otherDiv = try forwarder.div(Self.first, to: Self.last, orig: "13125550199")
        #expect(verify([original, otherDiv]).verdicts == [.failed(.calleeMismatch), .failed(.callerMismatch)])
        #expect(
            verify([try caller.shaken("13125550199", Self.first), div]).verdicts == [
                .failed(.callerMismatch), .failed(.calleeMismatch),
            ])
        #expect(verify([try caller.shaken("13125550199", Self.first), otherDiv]).failure == .callerMismatch)
    }

    @Test func signatures() throws {
        let original = try caller.shaken(Lab.caller, Self.first)
        let div = try forwarder.div(Self.first, to: Self.last)
        let thief = try PrivateKey.generate()
        let stolenDiv = try Signer(key: thief, credential: forwarder.credential, url: forwarder.url).div(
            Self.first, to: Self.last)
        let stolen = try Signer(key: thief, credential: caller.credential, url: caller.url).shaken(
            Lab.caller, Self.first)
        #expect(verify([original, stolenDiv]).verdicts == [.failed(.calleeMismatch), .failed(.badSignature)])
        #expect(verify([stolen, div]).verdicts == [.failed(.badSignature), .failed(.calleeMismatch)])
        // A good link beside a bad one is found.
        #expect(verify([stolen, original, stolenDiv, div]).verstat == .passed)
        #expect(
            verify([stolenDiv, div, stolen, original]).verdicts == [
                .failed(.badSignature), .passed, .failed(.badSignature), .passed,
            ])
    }

    @Test("the outermost fresh, the others up to three hours old") func freshness() throws {
        func chain(_ inner: Int64, _ middle: Int64, _ outer: Int64) throws -> Verstat {
            verify([
                try caller.shaken(Lab.caller, Self.first, iat: Lab.now - inner),
                try forwarder.div(Self.first, to: Self.second, iat: Lab.now - middle),
                try forwarder.div(Self.second, to: Self.last, iat: Lab.now - outer),
            ]).verstat
        }
        #expect(try chain(0, 0, 0) == .passed)
        #expect(try chain(10_800, 10_800, 60) == .passed)
        #expect(try chain(0, 0, 61) == .failed)
        #expect(try chain(10_801, 0, 0) == .failed)
        #expect(try chain(0, 10_801, 0) == .failed)
        #expect(try chain(-61, 0, 0) == .failed)
        let stale = verify([
            try caller.shaken(Lab.caller, Self.first), try forwarder.div(Self.first, to: Self.last, iat: Lab.now - 400),
        ])
        #expect(stale.verdicts == [.failed(.calleeMismatch), .failed(.stale)])
    }

    @Test("whoever diverts speaks for the number that was diverted") func authority() throws {
        let right = try lab.signer(TNAuthList(numbers: [Array(Self.first.utf8)]))
        let wrong = try lab.signer(TNAuthList(numbers: [Array(Lab.caller.utf8)]))
        let original = try caller.shaken(Lab.caller, Self.first)
        #expect(verify([original, try right.div(Self.first, to: Self.last)]).verstat == .passed)
        #expect(verify([try wrong.div(Self.first, to: Self.last), original]).failure == .unsupportedCredential)
    }

    @Test("a circle is no chain, and does no harm beside one") func circles() throws {
        let there = try forwarder.div(Self.first, to: Self.last)
        let back = try forwarder.div(Self.last, to: Self.first)
        #expect(verify([there, back]).verstat == .failed)
        #expect(verify([try forwarder.div(Self.last, to: Self.last)]).verstat == .failed)
        #expect(verify([there, back, try caller.shaken(Lab.caller, Self.first)]).verstat == .passed)
    }

    @Test("at most eight diversions") func length() throws {
        func chain(_ count: Int) throws -> [String] {
            let numbers = (0..<count).map { "1215555\(2000 + $0)" } + [Self.last]
            return [try caller.shaken(Lab.caller, numbers[0])]
                + (try (0..<count).map { try forwarder.div(numbers[$0], to: numbers[$0 + 1]) })
        }
        #expect(verify(try chain(8)).verstat == .passed)
        #expect(verify(try chain(8).reversed()).verstat == .passed)
        #expect(verify(try chain(9)).verstat == .failed)
        #expect(verify(try chain(15)).verstat == .failed)
    }

    @Test("an unknown type inside is no original") func unknownInside() throws {
        let original =
            try caller.token(caller.header(ppt: "future"), Lab.claims(Lab.caller, Self.first))
            + caller.parameters(ppt: "future")
        #expect(
            verify([original, try forwarder.div(Self.first, to: Self.last)]).verdicts == [
                .ignored, .failed(.calleeMismatch),
            ])
    }

    @Test("certificates are asked for when the chain is complete otherwise") func pending() throws {
        let unknown = try lab.signer(isCached: false)
        let original = try unknown.shaken(Lab.caller, Self.first)
        let div = try forwarder.div(Self.first, to: Self.last)
        #expect(verify([original]).missing == [])
        let pending = verify([original, div])
        #expect(pending.result.isPending)
        #expect(pending.missing == [unknown.url])
        #expect(pending.verdicts == [.pending, .pending])
        lab.keep(unknown.url, .timedOut)
        #expect(verify([original, div]).verstat == .unavailable)
        #expect(verify([original, div]).verdicts == [.unavailable, .unavailable])
        lab.keep(unknown.url, .credential(unknown.credential))
        #expect(verify([original, div]).verstat == .passed)
    }

    @Test("a link that waits is not lost with a chain that failed") func pendingBesideFailure() throws {
        let unknown = try lab.signer(isCached: false)
        let thief = try PrivateKey.generate()
        let stolen = try Signer(key: thief, credential: caller.credential, url: caller.url).shaken(
            Lab.caller, Self.first)
        let div = try unknown.div(Self.first, to: Self.last)
        let original = try caller.shaken(Lab.caller, Self.first)
        #expect(verify([stolen, div]).verdicts == [.failed(.badSignature), .failed(.calleeMismatch)])
        #expect(verify([stolen, div]).missing == [])
        let pending = verify([stolen, div, original])
        #expect(pending.result.isPending)
        #expect(pending.missing == [unknown.url])
        lab.keep(unknown.url, .credential(unknown.credential))
        #expect(verify([stolen, div, original]).verstat == .passed)
    }

    @Test("a PASSporT that passes keeps its verdict in a chain that waits") func passedInsideAPendingChain() throws {
        let unknown = try lab.signer(isCached: false)
        let verified = verify(
            [try caller.shaken(Lab.caller, Self.first), try unknown.div(Self.first, to: Self.last)], to: Self.first)
        #expect(verified.verstat == .passed)
        #expect(!verified.result.isPending)
        #expect(verified.result.outcome(0).verdict == .passed)
    }
}
