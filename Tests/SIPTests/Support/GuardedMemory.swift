// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

@testable import SIP

/// Memory that ends at a page which nobody may touch: whoever reads a byte too many ends the test run.
/// Used by one test at a time.
final class GuardedMemory: @unchecked Sendable {
    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    private let start: UnsafeMutableRawPointer
    private let size: Int
    private var guardPage: UnsafeMutableRawPointer { start + size }

    /// Room for messages of up to `capacity` bytes with their slack.
    init(capacity: Int) {
        let page = Self.pageSize
        size = (capacity + readSlack + page - 1) / page * page
        guard
            let mapped = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            mapped != MAP_FAILED
        else { preconditionFailure("mmap failed") }
        start = mapped
        let isProtected = mprotect(mapped + size, page, PROT_NONE) == 0
        precondition(isProtected, "mprotect failed")
    }

    deinit { munmap(start, size + Self.pageSize) }

    /// Lays `bytes` and `readSlack` bytes of `slack` at the end of the memory and calls `body` with a span over both and the
    /// number of bytes without the slack.
    func withMessage<Result>(
        _ bytes: [UInt8], slack: UInt8 = 0, _ body: (Span<UInt8>, Int) throws -> Result
    ) rethrows -> Result {
        let first = guardPage - readSlack - bytes.count
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress { first.copyMemory(from: base, byteCount: source.count) }
        }
        memset(guardPage - readSlack, Int32(slack), readSlack)
        let count = bytes.count + readSlack
        let buffer = UnsafeBufferPointer(start: first.assumingMemoryBound(to: UInt8.self), count: count)
        return try body(buffer.span, bytes.count)
    }
}

/// Memory that no test uses just now: mapping pages is slow.
private let spare = Mutex<[GuardedMemory]>([])

/// Calls `body` with a span that holds `bytes` and the slack behind them and ends at a page that may not be read.
func withMessage<Result>(_ bytes: [UInt8], _ body: (Span<UInt8>, Int) throws -> Result) rethrows -> Result {
    let memory = spare.withLock { $0.popLast() } ?? GuardedMemory(capacity: 65536)
    defer { spare.withLock { $0.append(memory) } }
    return try memory.withMessage(bytes, body)
}

/// The same for text.
func withMessage<Result>(_ text: String, _ body: (Span<UInt8>, Int) throws -> Result) rethrows -> Result {
    try withMessage(Array(text.utf8), body)
}

/// Calls `body` with the range that is all of `text`: for readers of a single value.
func reading<Result>(_ text: String, _ body: (Span<UInt8>, ByteRange) throws -> Result) rethrows -> Result {
    try withMessage(text) { bytes, count in try body(bytes, ByteRange(0, count)) }
}

extension Span where Element == UInt8 {
    /// The bytes of `range` as a string.
    func text(_ range: ByteRange) -> String {
        var copy: [UInt8] = []
        for i in 0..<range.count { copy.append(self[range.start + i]) }
        return String(decoding: copy, as: UTF8.self)
    }
}
