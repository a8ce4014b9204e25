// SPDX-License-Identifier: Apache-2.0
//
// What a call of the load is called on the wire: `00000000002a-1f3c9d20-3@stirload` is call 42 of run 1f3c9d20, of the fourth
// kind. Call-ID, From tag and branch are made of it, so that each call is one of its own to every proxy and whoever sees a
// message of it knows which call it belongs to and what has to become of it.

import SIP

/// Number, run and kind of a call.
struct CallName: Equatable {
    /// The digits of a call's number; they are what differs from call to call.
    static let numberDigits = 12
    private static let runDigits = 8
    private static let host: StaticString = "@stirload"

    var number: UInt64
    var run: UInt32
    var kind: CallKind

    init(number: UInt64, run: UInt32, kind: CallKind) {
        self.number = number
        self.run = run
        self.kind = kind
    }

    /// nil: no Call-ID of a load generator.
    init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        let kindPlace = Self.numberDigits + Self.runDigits + 2
        guard range.count == kindPlace + 1 + Self.host.utf8CodeUnitCount,
            bytes[range.start + Self.numberDigits] == UInt8(ascii: "-"),
            bytes[range.start + kindPlace - 1] == UInt8(ascii: "-"),
            bytes.equals(ByteRange(range.start + kindPlace + 1, range.end), Self.host),
            let number = Self.hexadecimal(bytes, from: range.start, digits: Self.numberDigits),
            let run = Self.hexadecimal(bytes, from: range.start + Self.numberDigits + 1, digits: Self.runDigits),
            let kind = hexValue(bytes[range.start + kindPlace]).flatMap(CallKind.init)
        else { return nil }
        self.init(number: number, run: UInt32(truncatingIfNeeded: run), kind: kind)
    }

    private static func hexadecimal(_ bytes: Span<UInt8>, from start: Int, digits: Int) -> UInt64? {
        var value: UInt64 = 0
        for i in start..<(start + digits) {
            guard let digit = hexValue(bytes[i]) else { return nil }
            value = value &<< 4 | UInt64(digit)
        }
        return value
    }

    /// What stands behind the number, without the host: the same for all calls of a kind.
    var suffix: String { "-\(Self.text(UInt64(run), digits: Self.runDigits))-\(String(kind.rawValue, radix: 16))" }

    /// The number as it stands in a message.
    var numberText: String { Self.text(number, digits: Self.numberDigits) }

    /// The Call-ID.
    var text: String { "\(numberText)\(suffix)\(Self.host)" }

    private static func text(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Writes a call's number over the digits that stand at `place`.
    @inline(__always)
    static func write(_ number: UInt64, to place: UnsafeMutablePointer<UInt8>) {
        var rest = number, i = numberDigits
        while i > 0 {
            i &-= 1
            let nibble = UInt8(truncatingIfNeeded: rest & 15)
            place[i] = nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble
            rest &>>= 4
        }
    }
}
