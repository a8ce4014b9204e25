// SPDX-License-Identifier: Apache-2.0
//
// The JSON of a PASSporT. The whole text is checked against the grammar, without recursion and whatever is in it; the
// members that claims are made of, those of the outer three levels, are kept as ranges.

import SIP

/// Reads one JSON text (RFC 8259) whose value is an object. Made once and used for every text.
struct JSONScanner: ~Copyable {
    enum Kind: UInt8, BitwiseCopyable { case object, array, string, number, literal }

    /// A member of an object or an element of an array.
    struct Entry: BitwiseCopyable {
        /// The member's name; `none` for an element.
        var name = JSONString.none
        var kind = Kind.literal
        /// 1 for members of the outermost object.
        var depth: UInt8 = 0
        /// The value; of a string, what is between its quotes.
        var value = ByteRange.none
        var isEscaped = false

        /// The value of a string.
        var string: JSONString { JSONString(range: value, isEscaped: isEscaped) }
    }

    private struct Frame: BitwiseCopyable {
        var isObject = false
        /// Its place in `entries`; -1 where it is too deep to be kept.
        var entry: Int16 = -1
        /// Where the names of its members begin in `names`.
        var firstName: UInt8 = 0
    }

    /// A name of a member of an object that is open.
    private struct Name: BitwiseCopyable {
        var string = JSONString.none
        var hash: UInt64 = 0
        /// Of a member of the outermost object, its place in `entries`.
        var entry: Int16 = -1
        /// The name before it in its bucket, plus one; 0 where there is none.
        var earlier: UInt8 = 0
    }

    private enum Expectation { case firstOrEnd, name, value, commaOrEnd }

    /// Deeper texts are refused; a jCard in an `rcd` claim needs 7.
    private static let maximumDepth = 16
    private static let keptDepth = 3
    private static let maximumEntries = 256
    /// Names of objects that are open at the same time.
    private static let maximumNames = 128
    private static let bucketCount = 256

    // Arrays of fixed size: reading an element of an `InlineArray` in a borrowed struct copies all of it (Swift 6.3).
    private var entries = [Entry](repeating: Entry(), count: maximumEntries)
    private(set) var count = 0
    private var names = [Name](repeating: Name(), count: maximumNames)
    /// The last name in each bucket of their hashes, plus one; 0 where there is none.
    private var buckets = [UInt8](repeating: 0, count: bucketCount)
    private let hash = NameHash()
    private var nameCount = 0
    private var frames = [Frame](repeating: Frame(), count: maximumDepth)
    private var depth = 0
    private var at = 0
    /// How many names of the last text were looked at beside others; for tests.
    private(set) var comparisons = 0
    private var expectation = Expectation.value
    private var name = JSONString.none

    /// Whether the first `end` bytes are an object without duplicate names (RFC 8225 §9); then its members are
    /// `entries`.
    mutating func scan(_ text: Span<UInt8>, to end: Int) -> Bool {
        count = 0
        forgetNames(to: 0)
        depth = 0
        at = 0
        comparisons = 0
        name = .none
        skipSpace(text, end)
        guard at < end, text[at] == UInt8(ascii: "{"), open(isObject: true, entry: -1) else { return false }
        while depth > 0 {
            skipSpace(text, end)
            guard at < end, step(text, end) else { return false }
        }
        skipSpace(text, end)
        return at == end
    }

    /// The entry at `index`, which must be less than `count`.
    func entry(_ index: Int) -> Entry { entries[index] }

    /// The member `name` of the outermost object, whose names stay in their buckets until the next text.
    func member(_ text: Span<UInt8>, _ name: StaticString) -> Int? {
        let wanted = hash(name)
        var next = buckets[Self.bucket(wanted)]
        while next > 0 {
            let candidate = names[Int(next) &- 1]
            if candidate.hash == wanted, candidate.string.equals(text, name) { return Int(candidate.entry) }
            next = candidate.earlier
        }
        return nil
    }

    /// The member `name` of the outermost object, a name that is not known beforehand.
    func member(_ text: Span<UInt8>, named name: [UInt8]) -> Int? {
        for index in 0..<count where entries[index].depth == 1 && entries[index].name.equals(text, name) {
            return index
        }
        return nil
    }

    /// The first entry inside the one at `index`, or the next one behind `previous` there.
    func child(of index: Int, after previous: Int? = nil) -> Int? {
        let level = entries[index].depth &+ 1
        var next = (previous ?? index) &+ 1
        while next < count, entries[next].depth >= level {
            if entries[next].depth == level { return next }
            next &+= 1
        }
        return nil
    }

    // MARK: - RFC 8259 §2

    private mutating func skipSpace(_ text: Span<UInt8>, _ end: Int) {
        while at < end, isSpace(text[at]) { at &+= 1 }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private mutating func step(_ text: Span<UInt8>, _ end: Int) -> Bool {
        let byte = text[at]
        let isObject = frames[depth &- 1].isObject
        let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        switch expectation {
        case .firstOrEnd:
            if byte == closing { return close() }
            expectation = isObject ? .name : .value
            return true
        case .name:
            return readName(text, end)
        case .value:
            return readValue(byte, text, end)
        case .commaOrEnd:
            if byte == closing { return close() }
            guard byte == UInt8(ascii: ",") else { return false }
            at &+= 1
            expectation = isObject ? .name : .value
            return true
        }
    }

    private mutating func open(isObject: Bool, entry: Int) -> Bool {
        guard depth < Self.maximumDepth else { return false }
        frames[depth] = Frame(
            isObject: isObject, entry: Int16(truncatingIfNeeded: entry), firstName: UInt8(truncatingIfNeeded: nameCount)
        )
        depth &+= 1
        at &+= 1
        expectation = .firstOrEnd
        return true
    }

    private mutating func close() -> Bool {
        depth &-= 1
        at &+= 1
        let frame = frames[depth]
        if depth > 0 { forgetNames(to: Int(frame.firstName)) }
        if frame.entry >= 0 { entries[Int(frame.entry)].value.upper = UInt16(truncatingIfNeeded: at) }
        expectation = .commaOrEnd
        return true
    }

    private mutating func readName(_ text: Span<UInt8>, _ end: Int) -> Bool {
        guard text[at] == UInt8(ascii: "\""), let string = string(text, end), nameCount < Self.maximumNames else {
            return false
        }
        guard note(string, text, from: Int(frames[depth &- 1].firstName)) else { return false }
        name = string
        skipSpace(text, end)
        guard at < end, text[at] == UInt8(ascii: ":") else { return false }
        at &+= 1
        expectation = .value
        return true
    }

    // MARK: - The names of open objects

    /// Keeps a name; false if a member of the same object, whose names begin at `first`, has it already. A name is compared with
    /// those of its hash alone: a text of many names costs no more than one of few long ones.
    private mutating func note(_ string: JSONString, _ text: Span<UInt8>, from first: Int) -> Bool {
        let hash = hash(text, string)
        let bucket = Self.bucket(hash)
        var next = buckets[bucket]
        while Int(next) > first {
            let candidate = names[Int(next) &- 1]
            comparisons &+= 1
            if candidate.hash == hash, candidate.string.equals(text, string) { return false }
            next = candidate.earlier
        }
        names[nameCount] = Name(string: string, hash: hash, earlier: buckets[bucket])
        nameCount &+= 1
        buckets[bucket] = UInt8(truncatingIfNeeded: nameCount)
        return true
    }

    private mutating func forgetNames(to first: Int) {
        while nameCount > first {
            nameCount &-= 1
            buckets[Self.bucket(names[nameCount].hash)] = names[nameCount].earlier
        }
    }

    private static func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (bucketCount &- 1) }

    // MARK: - RFC 8259 §3

    private mutating func readValue(_ byte: UInt8, _ text: Span<UInt8>, _ end: Int) -> Bool {
        let start = at
        expectation = .commaOrEnd
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let isObject = byte == UInt8(ascii: "{")
            let index = depth <= Self.keptDepth ? count : -1
            return keep(isObject ? .object : .array, ByteRange(start, start)) && open(isObject: isObject, entry: index)
        case UInt8(ascii: "\""):
            guard let string = string(text, end) else { return false }
            return keep(.string, string.range, isEscaped: string.isEscaped)
        case UInt8(ascii: "t"):
            return literal("true", text, end) && keep(.literal, ByteRange(start, at))
        case UInt8(ascii: "f"):
            return literal("false", text, end) && keep(.literal, ByteRange(start, at))
        case UInt8(ascii: "n"):
            return literal("null", text, end) && keep(.literal, ByteRange(start, at))
        default:
            return number(text, end) && keep(.number, ByteRange(start, at))
        }
    }

    private mutating func keep(_ kind: Kind, _ value: ByteRange, isEscaped: Bool = false) -> Bool {
        guard depth <= Self.keptDepth else { return true }
        guard count < Self.maximumEntries else { return false }
        let isMember = frames[depth &- 1].isObject
        if isMember, depth == 1 { names[nameCount &- 1].entry = Int16(truncatingIfNeeded: count) }
        entries[count] = Entry(
            name: isMember ? name : .none, kind: kind, depth: UInt8(truncatingIfNeeded: depth), value: value,
            isEscaped: isEscaped)
        count &+= 1
        return true
    }

    private mutating func literal(_ word: StaticString, _ text: Span<UInt8>, _ end: Int) -> Bool {
        let range = ByteRange(at, at &+ word.utf8CodeUnitCount)
        guard range.end <= end, text.equals(range, word) else { return false }
        at = range.end
        return true
    }

    // MARK: - RFC 8259 §6

    private mutating func number(_ text: Span<UInt8>, _ end: Int) -> Bool {
        if text[at] == UInt8(ascii: "-") { at &+= 1 }
        guard at < end else { return false }
        if text[at] == UInt8(ascii: "0") {
            at &+= 1
        } else if !digits(text, end) {
            return false
        }
        if at < end, text[at] == UInt8(ascii: ".") {
            at &+= 1
            guard digits(text, end) else { return false }
        }
        guard at < end, text[at] | 0x20 == UInt8(ascii: "e") else { return true }
        at &+= 1
        if at < end, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at &+= 1 }
        return digits(text, end)
    }

    private mutating func digits(_ text: Span<UInt8>, _ end: Int) -> Bool {
        let start = at
        while at < end, text[at] &- 0x30 < 10 { at &+= 1 }
        return at > start
    }

    // MARK: - RFC 8259 §7, §8.1

    /// The string whose quote stands at `at`, which moves behind it.
    private mutating func string(_ text: Span<UInt8>, _ end: Int) -> JSONString? {
        let start = at &+ 1
        var next = start
        var isEscaped = false
        while next < end {
            let byte = text[next]
            if byte == UInt8(ascii: "\"") {
                at = next &+ 1
                return JSONString(range: ByteRange(start, next), isEscaped: isEscaped)
            }
            if byte == UInt8(ascii: "\\") {
                guard let escape = JSONEscape(text, at: next, to: end) else { return nil }
                isEscaped = true
                next = escape.end
            } else if byte < 0x80 {
                guard byte >= 0x20 else { return nil }
                next &+= 1
            } else {
                let length = utf8Length(text, at: next, to: end)
                guard length > 0 else { return nil }
                next &+= length
            }
        }
        return nil
    }
}

/// How many bytes the character at `start`, which is not ASCII, has; 0 where there is none (RFC 3629 §4).
func utf8Length(_ text: Span<UInt8>, at start: Int, to end: Int) -> Int {
    let first = text[start]
    let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard first >= 0xC2, first <= 0xF4, start &+ length <= end else { return 0 }
    let second = text[start &+ 1]
    // Overlong forms, surrogates and what is beyond U+10FFFF show in the second byte.
    let lowest: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
    let highest: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
    guard second >= lowest, second <= highest else { return 0 }
    for at in (start &+ 2)..<max(start &+ 2, start &+ length) where text[at] & 0xC0 != 0x80 { return 0 }
    return length
}
