// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("Hostile datagrams: whatever is sent, no trap and no range outside the message")
struct MutationTests {
    @Test("reliability T5: each of 40,000 mutations of a message is indexed without a trap", arguments: 0..<5)
    func mutations(of number: Int) {
        let original = Array(MessageText.variety[number].text.utf8)
        let memory = GuardedMemory(capacity: 2048)
        var generator = SeededGenerator(seed: UInt64(number) + 1)
        var index = MessageIndex()
        var sound = 0, outside = 0
        for _ in 0..<40_000 {
            let mutated = mutate(original, &generator)
            memory.withMessage(mutated, slack: UInt8(generator.below(256))) { span, count in
                if index.index(span, count: count) == nil {
                    sound += 1
                    if !rangesAreInside(index, count) { outside += 1 }
                }
            }
        }
        #expect(outside == 0)
        #expect(sound > 1000, "too few sound messages to say anything")
    }

    /// One to three changes: octets replaced, removed, inserted, runs doubled, the end cut off.
    private func mutate(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        let nasty = Array("\r\n\r\n \t;,:<>\"\\@=%/[].?0z\u{0}\u{7F}".utf8) + [0xFF, 0x80]
        var bytes = original
        for _ in 0...generator.below(3) where bytes.count > 20 {
            let at = generator.below(bytes.count)
            switch generator.below(6) {
            case 0: bytes[at] = nasty[generator.below(nasty.count)]
            case 1: bytes[at] = UInt8(generator.below(256))
            case 2: bytes.remove(at: at)
            case 3: bytes.insert(nasty[generator.below(nasty.count)], at: at)
            case 4: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + generator.below(40))], at: at)
            default: bytes.swapAt(at, generator.below(bytes.count))
            }
        }
        return bytes
    }
}

/// Whether everything that an index says about a sound message lies in its first `count` bytes, in the order it must have.
func rangesAreInside(_ index: borrowing MessageIndex, _ count: Int) -> Bool {
    var last = index.headersStart
    for i in 0..<index.fieldCount {
        let field = index.fields[i]
        guard Int(field.start) == last, Int(field.end) > last, field.nameRange.end < Int(field.end) else { return false }
        // A line without a name has no value; a response is read all the same.
        let isNameless = index.isResponse && field.nameLength == 0
        let isInside =
            field.value.lower <= field.value.upper && field.value.start > field.nameRange.end && field.value.upper < field.end
        guard isInside || isNameless else { return false }
        last = Int(field.end)
    }
    guard index.headersEnd == last, index.bodyStart == last + 2, index.bodyStart <= index.end, index.end <= count else {
        return false
    }
    let ranges = [
        index.callID, index.cseqMethod, index.via.value, index.via.host, index.via.sentBy, index.via.branch,
        index.from.value, index.from.uri.whole, index.from.tag, index.to.value, index.to.uri.user, index.to.uri.host,
    ]
    for range in ranges where range.lower > range.upper || range.end > last { return false }
    return true
}
