// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("Scratch: a row of values of fixed length")
struct ScratchTests {
    @Test("values are kept in their places")
    func places() {
        var row = Scratch<UInt16>(repeating: 7, count: 300)
        for i in 0..<300 where i % 3 == 0 { row[i] = UInt16(i) }
        var wrong = row.count == 300 ? 0 : 1
        for i in 0..<300 where row[i] != (i % 3 == 0 ? UInt16(i) : 7) { wrong += 1 }
        #expect(wrong == 0)
    }

    @Test("a place that is none ends the program, not the memory", arguments: [-1, 4, Int.max])
    func outside(_ place: Int) async {
        await #expect(processExitsWith: .failure) { [place] in
            let row = Scratch<UInt16>(repeating: 0, count: 4)
            _ = row[place]
        }
    }
}
