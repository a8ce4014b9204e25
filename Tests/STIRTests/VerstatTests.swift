// SPDX-License-Identifier: Apache-2.0

import STIR
import Testing

@Suite struct VerstatTests {
    @Test func names() {
        #expect(Verstat.allCases.map(\.name.description) == ["passed", "failed", "absent", "unavailable"])
    }
}
