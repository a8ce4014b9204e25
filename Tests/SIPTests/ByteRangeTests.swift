// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("ByteRange: a part of a datagram")
struct ByteRangeTests {
    @Test("offsets and length")
    func offsets() {
        let range = ByteRange(3, 8)
        #expect(range.start == 3 && range.end == 8 && range.count == 5 && !range.isEmpty)
        #expect(ByteRange(0, 65535).count == 65535)
        #expect(MemoryLayout<ByteRange>.size == 4)
    }

    @Test("what was put together wrongly is empty and has no length")
    func inverted() {
        #expect(ByteRange(8, 3).isEmpty && ByteRange(8, 3).count == 0)
        #expect(ByteRange.none.isEmpty && ByteRange.none == ByteRange(0, 0))
        #expect(ByteRange(7, 7).isEmpty)
    }
}
