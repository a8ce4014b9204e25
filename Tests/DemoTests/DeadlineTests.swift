// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Demo

@Suite struct DeadlineTests {
    @Test func findsWhatIsThere() async {
        let found = await Deadline(in: .zero).wait { 1 }
        #expect(found == 1)
    }

    @Test func givesUp() async {
        let start = ContinuousClock.now
        let found = await Deadline(in: .seconds(3600)).within(.milliseconds(20)).wait { nil as Int? }
        #expect(found == nil)
        #expect(ContinuousClock.now - start < .seconds(1800))
        #expect(Deadline(in: .zero).within(.seconds(60)).hasPassed)
    }
}
