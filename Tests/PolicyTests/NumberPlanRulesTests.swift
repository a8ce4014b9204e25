// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@Suite("NumberPlan: invalid, fictitious, premium, high-risk")
struct NumberPlanRulesTests {
    private func entry(_ text: String) throws -> NumberPlan.Entry { try #require(NumberPlan.lookup(.of(text))) }

    @Test(
        "invalid: what cannot be dialled, and what no plan has a range for",
        arguments: [
            "+10125551212", "+11125551212", "+19115551212", "+14115551212", "+12120551212", "+12121551212", "+12129115555",
            "+12124115555", "+18769115555", "+13705551212", "+15555551212", "+19995551212", "+2125551212", "+121255512",
            "+121255512123", "+18001112222", "+441000000000", "+4402079460018", "+49", "+999123456789", "+0123456789",
        ])
    func invalid(_ number: String) throws { #expect(try entry(number).isInvalid) }

    @Test(
        "not invalid: numbers in use, and those that a table may not have yet",
        arguments: [
            "+12125551212", "+12025550142", "+13125550142", "+12125559999", "+18005551212", "+18004117246", "+19002345678",
            "+18766012345", "+18762991234", "+17005554141", "+17106274387", "+442079460018", "+4930123456", "+390236618300",
            "+80012345678", "+6834002",
        ])
    func notInvalid(_ number: String) throws { #expect(try !entry(number).isInvalid) }

    @Test(
        "fictitious: 555-0100 to 555-0199 in every area, and 800-555-0199",
        arguments: [
            ("+12025550100", true), ("+12025550199", true), ("+14165550142", true), ("+12025550099", false),
            ("+12025550200", false), ("+12025551212", false), ("+12025560142", false), ("+18005550199", true),
            ("+18005550142", false), ("+18885550199", false), ("+19005550142", false), ("+442025550142", false),
        ])
    func fictitious(_ number: String, _ isFictitious: Bool) throws { #expect(try entry(number).isFictitious == isFictitious) }

    @Test(
        "premium: by the plan, and 976",
        arguments: [
            ("+19002345678", true), ("+12129765555", true), ("+14169765555", true), ("+18769765555", false),
            ("+18009765555", false), ("+12125551212", false), ("+449012345678", true), ("+4990012345678", false),
            ("+49900312345", false), ("+979123456789", true), ("+33899123456", true), ("+442079460018", false),
        ])
    func premium(_ number: String, _ isPremium: Bool) throws { #expect(try entry(number).isPremium == isPremium) }

    @Test(
        "high-risk: premium, satellites and networks without a country, islands that look domestic",
        arguments: [
            ("+19002345678", true), ("+12129765555", true), ("+870301234567", true), ("+881612345678", true),
            ("+882390123456789", true), ("+883510012345", true), ("+979000000000", true), ("+14734011234", true),
            ("+18095551212", true), ("+18765551212", true), ("+12845551212", true), ("+16495551212", true),
            ("+12125551212", false), ("+14165551212", false), ("+17875551212", false), ("+13405551212", false),
            ("+16715551212", false), ("+447400123456", false), ("+18005551212", false), ("+80012345678", false),
            ("+4473", false),
        ])
    func highRisk(_ number: String, _ isHighRisk: Bool) throws { #expect(try entry(number).isHighRisk == isHighRisk) }
}
