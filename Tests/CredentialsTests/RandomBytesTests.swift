// SPDX-License-Identifier: Apache-2.0
// Random bytes are there and differ.

import Credentials
import Testing

@Suite struct RandomBytesTests {
    @Test func differ() throws {
        let first = try RandomBytes.array(count: 32)
        #expect(first.count == 32)
        #expect(try RandomBytes.array(count: 32) != first)
        #expect(try RandomBytes.array(count: 0).isEmpty)
    }

    @Test func fillsInPlace() {
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        var span = bytes.mutableSpan
        let isFilled = RandomBytes.fill(&span)
        #expect(isFilled)
        #expect((0..<16).contains { bytes[$0] != 0 })
    }
}
