// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite("RFC 8225 §7, RFC 8224 §4: the compact form")
struct CompactFormTests {
    private let date = "Tue, 14 Nov 2023 22:13:20 GMT"

    private func compact(_ signer: Signer, ppt: String? = nil) throws -> String {
        let full = try signer.base()
        let signature = full.split(separator: ";")[0].split(separator: ".")[2]
        return "..\(signature)" + signer.parameters(ppt: ppt)
    }

    @Test func passes() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let verified = try lab.verify(compact(signer), requestURI: nil, date: date)
        #expect(verified.verstat == .passed)
        #expect(verified.result.attest == nil)
    }

    @Test("what was signed is what the request says") func mismatches() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let value = try compact(signer)
        let other = "Tue, 14 Nov 2023 22:13:21 GMT"
        #expect(lab.verify(value, caller: "13125550143", date: date).failure == .badSignature)
        #expect(lab.verify(value, to: "12155550101", date: date).failure == .badSignature)
        #expect(lab.verify(value, date: other).failure == .badSignature)
        #expect(lab.verify(value, caller: nil, date: date).failure == .callerMismatch)
        #expect(lab.verify(value, to: nil, date: date).failure == .calleeMismatch)
        #expect(lab.verify(value, date: nil).failure == .malformed)
        #expect(lab.verify(value, date: "today").failure == .stale)
        #expect(lab.verify(value, date: date, at: Lab.now + 61).failure == .stale)
    }

    @Test("RFC 8588 §4: a shaken PASSporT has the full form only") func types() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        #expect(try lab.verify(compact(signer, ppt: "shaken"), date: date).failure == .malformed)
        #expect(try lab.verify(compact(signer, ppt: "future"), date: date).verstat == .absent)
    }

    @Test func algorithm() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let value = try compact(signer).replacing("ES256", with: "none")
        #expect(lab.verify(value, date: date).failure == .algorithm)
    }

    @Test("RFC 8226 §8, RFC 9118 §4: only a constraint that asks for a claim is broken by its absence")
    func constraints() throws {
        func outcome(_ constraints: ClaimConstraints) throws -> VerificationFailure? {
            let lab = try Lab()
            return try lab.verify(compact(lab.signer(constraints: constraints)), date: date).failure
        }
        func name(_ text: String) -> [UInt8] { Array(text.utf8) }
        #expect(try outcome(ClaimConstraints(mustInclude: [name("attest")])) == .claims)
        #expect(try outcome(ClaimConstraints(permittedValues: [.init(claim: name("attest"), values: [name("A")])])) == nil)
        #expect(try outcome(ClaimConstraints(permittedValues: [.init(claim: name("iat"), values: [name("1")])])) == .claims)
        #expect(try outcome(ClaimConstraints(mustExclude: [name("rcd")])) == nil)
    }
}
