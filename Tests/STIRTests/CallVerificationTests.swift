// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import STIR

@Suite struct CallVerificationTests {
    @Test("INTERFACE §4: what a rejection is for") func rejection() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let late = try lab.signer(isCached: false)
        lab.keep(late.url, .timedOut)
        #expect(try lab.verify(signer.shaken()).result.rejection == nil)
        #expect(lab.verify().result.rejection == .identityMissing)
        #expect(try lab.verify(late.shaken()).result.rejection == .badInfo)
        #expect(try lab.verify(signer.shaken(attest: "D")).result.rejection == .claims)
    }

    @Test("the same PASSporT has one name, whichever s it is given") func tokenName() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let first = try signer.shaken()
        let second = try signer.shaken(Lab.caller, Lab.callee, attest: "B")
        let name = lab.verify(first).tokenName()
        #expect(name != 0)
        #expect(lab.verify(first).tokenName() == name)
        #expect(lab.verify(second).tokenName() != name)
        // Who does not know the key cannot know the name.
        #expect(lab.verify(first).tokenName(HashKey(5, 7)) != name)
        #expect(try lab.verify(signer.shaken(attest: "D")).tokenName() == 0)
    }
}
