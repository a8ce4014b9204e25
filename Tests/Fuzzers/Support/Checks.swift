// SPDX-License-Identifier: Apache-2.0
//
// What the fuzzers share: a claim that does not hold ends the process, so that libFuzzer keeps the input.

import Glibc
public import SIP

/// Ends the process unless `holds`.
public func check(_ holds: Bool, _ claim: @autoclosure () -> String) {
    if holds { return }
    let text = "CLAIM DOES NOT HOLD: \(claim())\n"
    _ = write(STDERR_FILENO, text, text.utf8.count)
    abort()
}

/// The bytes that libFuzzer hands over.
public func octets(_ data: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: data, count: data == nil ? 0 : size))
}

/// `input` with `$A`, `$B` … replaced by what `texts` has for that letter: what no mutation could guess, such as a signature
/// or a keyed branch.
public func expanded(_ input: ArraySlice<UInt8>, _ texts: [UInt8: [UInt8]], limit: Int = 65_507) -> [UInt8] {
    guard input.contains(UInt8(ascii: "$")) else { return Array(input.prefix(limit)) }
    var result: [UInt8] = []
    var place = input.startIndex
    while place < input.endIndex, result.count < limit {
        if input[place] == UInt8(ascii: "$"), place + 1 < input.endIndex, let text = texts[input[place + 1]] {
            result += text
            place += 2
        } else {
            result.append(input[place])
            place += 1
        }
    }
    return Array(result.prefix(limit))
}

/// Memory for one message that ends where the message's slack ends, so that the address sanitizer sees who reads a byte too
/// many. What stands in the slack must not matter: in service it is left over from another datagram.
public final class Slot {
    private let base: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private let count: Int
    /// As much room to grow as a datagram in a screener's ring has.
    public static let headroom = 4096

    /// Memory that holds these bytes.
    public init(_ bytes: [UInt8], slack: UInt8 = 0) {
        count = bytes.count
        capacity = Self.headroom + bytes.count + readSlack
        base = .allocate(capacity: capacity)
        base.initialize(repeating: slack, count: capacity)
        bytes.withUnsafeBufferPointer { source in
            if let first = source.baseAddress { (base + Self.headroom).update(from: first, count: source.count) }
        }
    }

    deinit { base.deallocate() }

    /// The datagram; no longer than the slot lives.
    public var datagram: Datagram {
        unsafe Datagram(base: base, capacity: capacity, start: Self.headroom, count: count)
    }
}

extension Datagram {
    /// The message's bytes.
    public var octets: [UInt8] {
        let bytes = span
        return (0..<count).map { bytes[$0] }
    }
}

extension Span where Element == UInt8 {
    /// A copy of the bytes of `range`.
    public func octets(_ range: ByteRange) -> [UInt8] { (0..<range.count).map { self[range.start + $0] } }
}

extension ByteWriter {
    /// What was written.
    public var octets: [UInt8] {
        let bytes = written
        return bytes.indices.map { bytes[$0] }
    }
}

/// The same numbers for the same input (SplitMix64 over FNV-1a).
public struct InputRandom {
    private var state: UInt64

    /// Numbers made of these bytes.
    public init(_ bytes: [UInt8]) {
        state = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    /// A number below `limit`, which is at least 1.
    public mutating func next(below limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: (z ^ z >> 31) % UInt64(limit))
    }
}
