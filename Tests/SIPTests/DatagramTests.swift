// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("Datagram: edits carried out in place")
struct DatagramTests {
    /// One change of a message, for the buffer and for the array that it is compared with.
    struct Change {
        var offset: Int
        var removed: Int
        var text: [UInt8]
    }

    /// A buffer with canaries around a message.
    final class Buffer {
        static let canary: UInt8 = 0xCA
        let memory: UnsafeMutableBufferPointer<UInt8>
        var datagram: Datagram

        init(headroom: Int, _ message: [UInt8]) {
            memory = .allocate(capacity: headroom + message.count + readSlack)
            memory.initialize(repeating: Self.canary)
            for (i, byte) in message.enumerated() { memory[headroom + i] = byte }
            guard let base = memory.baseAddress else { preconditionFailure("no memory") }
            datagram = Datagram(base: base, capacity: memory.count, start: headroom, count: message.count)
        }

        deinit { memory.deallocate() }

        var message: [UInt8] { Array(memory[datagram.start..<datagram.start + datagram.count]) }

        /// Whether nothing was written in front of the message, as it is or was, nor behind it.
        func isIntactOutside(formerStart: Int) -> Bool {
            let end = datagram.start + datagram.count
            return memory[..<min(formerStart, datagram.start)].allSatisfy { $0 == Self.canary }
                && memory[end...].allSatisfy { $0 == Self.canary } && memory.count - end == readSlack
        }
    }

    private func edited(_ message: [UInt8], _ changes: [Change]) -> [UInt8] {
        // At one offset what is inserted comes first, in the order in which it was asked for.
        let sorted = changes.enumerated().sorted {
            ($0.element.offset, $0.element.removed > 0 ? 1 : 0, $0.offset) < (
                $1.element.offset, $1.element.removed > 0 ? 1 : 0, $1.offset
            )
        }
        var result: [UInt8] = [], last = 0
        for (_, change) in sorted {
            result += message[last..<change.offset] + change.text
            last = change.offset + change.removed
        }
        return result + message[last...]
    }

    private func add(_ changes: [Change], to edits: inout MessageEdits) {
        edits.reset()
        for change in changes {
            edits.open(at: change.offset, removing: change.removed)
            edits.text.put(change.text)
            edits.close()
        }
    }

    private func randomChanges(_ length: Int, _ generator: inout SeededGenerator) -> [Change] {
        let (gap, removal, insertion) = (1 + generator.below(30), generator.below(12), generator.below(25))
        let most = generator.below(20) == 0 ? 192 : 1 + generator.below(10)
        var changes: [Change] = [], offset = generator.below(gap)
        while offset <= length, changes.count < most {
            let isRemoval = generator.below(2) == 0
            let removed = isRemoval ? min(length - offset, generator.below(removal + 1)) : 0
            changes.append(Change(offset: offset, removed: removed, text: generator.bytes(generator.below(insertion + 1))))
            offset += removed + (generator.below(4) == 0 ? 0 : generator.below(gap))
        }
        return changes.shuffled(using: &generator)
    }

    @Test("20,000 random sets of edits do what a naive edit of an array does, and write nowhere else", arguments: 0..<2)
    func randomEdits(_ half: Int) {
        var generator = SeededGenerator(seed: UInt64(half) + 77)
        var edits = MessageEdits(textCapacity: 8192)
        var wrong = 0, refused = 0, grown = 0, shrunk = 0
        for _ in 0..<10_000 {
            let message = generator.bytes(generator.below(120))
            let changes = randomChanges(message.count, &generator)
            let expected = edited(message, changes)
            let headroom = generator.below(300)
            let buffer = Buffer(headroom: headroom, message)
            add(changes, to: &edits)
            let isDone = buffer.datagram.apply(edits)
            let fits = expected.count - message.count <= headroom
            if isDone != fits { wrong += 1 }
            if buffer.message != (fits ? expected : message) { wrong += 1 }
            if !buffer.isIntactOutside(formerStart: headroom) { wrong += 1 }
            if !isDone { refused += 1 }
            if isDone, expected.count > message.count { grown += 1 }
            if isDone, expected.count < message.count { shrunk += 1 }
        }
        #expect(wrong == 0)
        #expect(min(refused, grown, shrunk) > 100, "too one-sided to say anything: \(refused) \(grown) \(shrunk)")
    }

    @Test("RFC 3261 §16.6: the body is not moved, whatever happens in front of it")
    func bodyStays() {
        let head = Array("Via: a\r\nRoute: b\r\n\r\n".utf8), body = [UInt8](repeating: 0x42, count: 500)
        for changes in [
            [Change(offset: 0, removed: 0, text: Array("Via: us\r\n".utf8))], [Change(offset: 8, removed: 10, text: [])],
            [
                Change(offset: 0, removed: 8, text: [1, 2]),
                Change(offset: 18, removed: 0, text: [UInt8](repeating: 7, count: 90)),
            ],
        ] {
            let buffer = Buffer(headroom: 128, head + body)
            let end = buffer.datagram.start + buffer.datagram.count
            for i in 0..<body.count { buffer.memory[end - body.count + i] = UInt8(truncatingIfNeeded: i) }
            var edits = MessageEdits(textCapacity: 128)
            add(changes, to: &edits)
            let isDone = buffer.datagram.apply(edits)
            #expect(isDone && buffer.datagram.start + buffer.datagram.count == end)
            #expect((0..<body.count).allSatisfy { buffer.memory[end - body.count + $0] == UInt8(truncatingIfNeeded: $0) })
        }
    }

    @Test("edits that overlap or reach behind the message are refused and the message is untouched")
    func overlap() {
        let message = Array("0123456789".utf8)
        let refusals: [[(Int, Int)]] = [
            [(2, 4), (4, 1)], [(2, 4), (3, 0)], [(2, 4), (2, 1)], [(4, 1), (2, 4)], [(0, 10), (9, 1)], [(0, 11)], [(10, 1)],
            [(11, 0)],
            [(-1, 0)], [(5, -1)], [(0, 1), (0, 1)], [(1000, 1)],
        ]
        for refusal in refusals {
            let buffer = Buffer(headroom: 64, message)
            var edits = MessageEdits(textCapacity: 64)
            add(refusal.map { Change(offset: $0.0, removed: $0.1, text: [0x78]) }, to: &edits)
            let isDone = buffer.datagram.apply(edits)
            #expect(!isDone, "\(refusal)")
            #expect(buffer.message == message && buffer.datagram.start == 64 && buffer.isIntactOutside(formerStart: 64))
        }
    }

    @Test("growth by the headroom is possible, by one byte more is not")
    func headroom() {
        for growth in [0, 1, 15, 16, 17] {
            let buffer = Buffer(headroom: 16, [1, 2, 3])
            var edits = MessageEdits(textCapacity: 64)
            add([Change(offset: 1, removed: 0, text: [UInt8](repeating: 9, count: growth))], to: &edits)
            let isDone = buffer.datagram.apply(edits)
            #expect(isDone == (growth <= 16))
            #expect(buffer.message == (isDone ? [1] + [UInt8](repeating: 9, count: growth) + [2, 3] : [1, 2, 3]))
        }
    }

    @Test("RFC 768: a message may grow to 65,507 bytes and no further")
    func largest() {
        for (count, growth) in [(65_000, 507), (65_000, 508), (65_507, 0), (65_507, 1), (65_507, -1)] {
            let buffer = Buffer(headroom: 512, [UInt8](repeating: 1, count: count))
            var edits = MessageEdits(textCapacity: 1024)
            let removed = growth < 0 ? -growth : 3
            add([Change(offset: 10, removed: removed, text: [UInt8](repeating: 2, count: removed + growth))], to: &edits)
            let isDone = buffer.datagram.apply(edits)
            #expect(isDone == (count + growth <= 65_507))
            #expect(buffer.datagram.count == (isDone ? count + growth : count))
        }
    }

    @Test("edits that overflowed are not carried out")
    func overflowedEdits() {
        let buffer = Buffer(headroom: 64, [1, 2, 3])
        var edits = MessageEdits(textCapacity: 4)
        add([Change(offset: 0, removed: 1, text: [1, 2, 3, 4, 5])], to: &edits)
        let isDone = buffer.datagram.apply(edits)
        #expect(!isDone && buffer.message == [1, 2, 3])
    }

    @Test("RFC 3261 §18.3: a message is cut off behind its body, never lengthened")
    func trimming() {
        let buffer = Buffer(headroom: 0, [1, 2, 3, 4])
        for (length, expected) in [(9, 4), (3, 3), (4, 3), (0, 0), (-1, 0)] {
            buffer.datagram.trim(to: length)
            #expect(buffer.datagram.count == expected)
        }
    }

    @Test("the span reaches over the slack and starts with the message")
    func span() {
        let buffer = Buffer(headroom: 5, Array("abc".utf8))
        let read = (buffer.datagram.span.count, buffer.datagram.span.text(ByteRange(0, 3)))
        #expect(read == (3 + readSlack, "abc"))
    }

    @Test(
        "a CR or LF alone becomes a space, or a hyphen where it begins a line; pairs stay",
        arguments: [
            ("a\r\nb: c\r\n\r\n", "a\r\nb: c\r\n\r\n"), ("a\rb\r\n", "a b\r\n"), ("a\nb\r\n", "a b\r\n"),
            ("a\r\r\nb", "a \r\nb"), ("a\r\n\nb", "a\r\n-b"), ("a\r\n\rb", "a\r\n-b"), ("a\r\n\n\r\r\nb", "a\r\n- \r\nb"),
            ("\na\r", " a "), ("\r", " "), ("\n\r", "  "),
        ])
    func bareLineEnds(_ text: String, _ blanked: String) {
        let buffer = Buffer(headroom: 8, Array(text.utf8))
        buffer.datagram.blankBareLineEnds(in: ByteRange(0, text.utf8.count))
        #expect(String(decoding: buffer.message, as: UTF8.self) == blanked)
        #expect(buffer.isIntactOutside(formerStart: 8))
    }
}
