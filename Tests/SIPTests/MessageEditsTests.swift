// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("MessageEdits: what is to be changed")
struct MessageEditsTests {
    /// Carries out edits on `text` in a buffer with room.
    private func apply(_ edits: borrowing MessageEdits, to text: String) -> String? {
        let buffer = DatagramTests.Buffer(headroom: 512, Array(text.utf8))
        let isDone = buffer.datagram.apply(edits)
        return isDone ? String(decoding: buffer.message, as: UTF8.self) : nil
    }

    @Test("no edits change nothing")
    func none() {
        let edits = MessageEdits(textCapacity: 16)
        #expect(apply(edits, to: "tide") == "tide")
    }

    @Test("two insertions at one offset come in the order in which they were made, before what is removed there")
    func order() {
        var edits = MessageEdits(textCapacity: 64)
        edits.remove(ByteRange(2, 4))
        for text in ["A", "B", "C"] {
            edits.open(at: 2)
            edits.text.put(Array(text.utf8))
            edits.close()
        }
        edits.open(at: 0)
        edits.text.put("<")
        edits.close()
        edits.open(at: 6)
        edits.text.put(">")
        edits.close()
        edits.open(at: 4, removing: 1)
        edits.text.put("!")
        edits.close()
        #expect(apply(edits, to: "012345") == "<01ABC!5>")
    }

    @Test("384 edits, and no more: then none is carried out")
    func maximum() {
        let text = String(repeating: "x", count: 800)
        var edits = MessageEdits(textCapacity: 1024)
        for i in 0..<384 { edits.remove(ByteRange(i * 2, i * 2 + 1)) }
        let state = (edits.count, edits.overflowed)
        #expect(state == (384, false))
        #expect(apply(edits, to: text) == String(repeating: "x", count: 416))
        edits.remove(ByteRange(799, 800))
        let (count, overflowed) = (edits.count, edits.overflowed)
        #expect(count == 384 && overflowed)
        #expect(apply(edits, to: text) == nil)
    }

    @Test("what follows on what is removed goes with it, and is no edit more; what is inserted between them stays between")
    func rows() {
        var edits = MessageEdits(textCapacity: 64)
        edits.remove(ByteRange(8, 9))
        for start in 1..<6 { edits.remove(ByteRange(start, start + 1)) }
        let count = edits.count
        #expect(count == 2)
        #expect(apply(edits, to: "0123456789") == "0679")
        edits.open(at: 6)
        edits.text.put("+")
        edits.close()
        edits.remove(ByteRange(6, 8))
        let all = edits.count
        #expect(all == 4)
        #expect(apply(edits, to: "0123456789") == "0+9")
    }

    @Test("text that does not fit makes the edits useless until they are reset")
    func textOverflow() {
        var edits = MessageEdits(textCapacity: 4)
        edits.open(at: 0)
        edits.text.put("12345")
        edits.close()
        let overflowed = edits.overflowed
        #expect(overflowed && apply(edits, to: "tide") == nil)
        edits.reset()
        let (count, stillOverflowed) = (edits.count, edits.overflowed)
        #expect(count == 0 && !stillOverflowed && apply(edits, to: "tide") == "tide")
    }

    @Test("growth is what is inserted less what is removed")
    func growth() {
        var edits = MessageEdits(textCapacity: 64)
        edits.open(at: 3, removing: 2)
        edits.text.put("12345")
        edits.close()
        edits.remove(ByteRange(7, 14))
        let growth = edits.growth
        #expect(growth == -4)
    }
}
