// SPDX-License-Identifier: Apache-2.0

public import SIP

/// A pattern for a whole text: `*` is any octets, `?` is one, anything else is itself in either case.
///
/// All ways through the pattern are followed at once, one bit each, so that the time is that of one look at each octet
/// whatever the pattern and the text are.
public struct Glob: Sendable, Equatable {
    /// The most octets of a pattern beside its stars.
    public static let maximumLength = 63

    /// For each octet the places of the pattern that take it.
    private let takers: [UInt64]
    /// The places that a star stands at: they stay where they are for any octet.
    private let stars: UInt64
    /// The place behind the last octet.
    private let end: UInt64

    /// A pattern; nil where it has more than `maximumLength` octets beside its stars.
    public init?(_ pattern: [UInt8]) {
        var takers = [UInt64](repeating: 0, count: 256), stars: UInt64 = 0, length = 0
        for byte in pattern {
            let place: UInt64 = 1 &<< UInt64(length)
            if byte == UInt8(ascii: "*") {
                stars |= place
                continue
            }
            guard length < Self.maximumLength else { return nil }
            for octet in 0..<256 {
                let taken = asciiLowercase(UInt8(truncatingIfNeeded: octet)) == asciiLowercase(byte)
                if byte == UInt8(ascii: "?") || taken { takers[octet] |= place }
            }
            length &+= 1
        }
        self.takers = takers
        self.stars = stars
        end = 1 &<< UInt64(length)
    }

    /// Whether the text in `range` is such a one.
    public func matches(_ text: Span<UInt8>, _ range: ByteRange) -> Bool {
        var places: UInt64 = 1
        for i in range.start..<max(range.start, range.end) {
            places = (places & takers[Int(text[i])]) &<< 1 | places & stars
            if places == 0 { return false }
        }
        return places & end != 0
    }
}
