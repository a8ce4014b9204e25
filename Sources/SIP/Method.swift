// SPDX-License-Identifier: Apache-2.0

/// A request method. Methods are case-sensitive (RFC 3261 §7.1); those that nothing here treats specially are `other`.
public enum Method: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case invite, ack, cancel, bye, options, register, message, prack, update, info, refer, notify, subscribe, publish
    case other

    /// The method as it stands on the wire; `OTHER` for an unknown one.
    public var name: StaticString {
        switch self {
        case .invite: "INVITE"
        case .ack: "ACK"
        case .cancel: "CANCEL"
        case .bye: "BYE"
        case .options: "OPTIONS"
        case .register: "REGISTER"
        case .message: "MESSAGE"
        case .prack: "PRACK"
        case .update: "UPDATE"
        case .info: "INFO"
        case .refer: "REFER"
        case .notify: "NOTIFY"
        case .subscribe: "SUBSCRIBE"
        case .publish: "PUBLISH"
        case .other: "OTHER"
        }
    }

    /// Whether an unknown method is a known name in another case, or its beginning: some readers compare methods without case,
    /// or only as far as they go, and would take for an INVITE what is none here.
    static func isMisspelt(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        for method in allCases where method != .other && range.count <= method.name.utf8CodeUnitCount {
            var i = 0
            while i < range.count, asciiLowercase(bytes[range.start &+ i]) == method.name.byte(i) | 0x20 { i &+= 1 }
            if i == range.count { return true }
        }
        return false
    }

    /// The method whose name the bytes of `range` are.
    init(_ bytes: Span<UInt8>, _ range: ByteRange) {
        let candidate: Method
        switch (range.count, range.isEmpty ? 0 : bytes[range.start]) {
        case (6, UInt8(ascii: "I")): candidate = .invite
        case (3, UInt8(ascii: "A")): candidate = .ack
        case (6, UInt8(ascii: "C")): candidate = .cancel
        case (3, UInt8(ascii: "B")): candidate = .bye
        case (7, UInt8(ascii: "O")): candidate = .options
        case (8, UInt8(ascii: "R")): candidate = .register
        case (7, UInt8(ascii: "M")): candidate = .message
        case (5, UInt8(ascii: "P")): candidate = .prack
        case (6, UInt8(ascii: "U")): candidate = .update
        case (4, UInt8(ascii: "I")): candidate = .info
        case (5, UInt8(ascii: "R")): candidate = .refer
        case (6, UInt8(ascii: "N")): candidate = .notify
        case (9, UInt8(ascii: "S")): candidate = .subscribe
        case (7, UInt8(ascii: "P")): candidate = .publish
        default: candidate = .other
        }
        self = candidate != .other && bytes.equals(range, candidate.name) ? candidate : .other
    }
}
