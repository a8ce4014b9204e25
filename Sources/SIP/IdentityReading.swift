// SPDX-License-Identifier: Apache-2.0
//
// What an identity may be shown as, and a called address dialled as (INTERFACE §3.1). A strict reader finds one number or none.
// PBXs and phones are not strict: they show, compare and dial what stands in front of the first odd character, or the digits
// without it, or what follows. Where the two differ each of these readings counts.

/// The numbers that readers find in one URI.
public struct IdentityReading: BitwiseCopyable, Sendable {
    /// The most numbers that one URI can be read as; one that has more is `isUnreadable`.
    public static let capacity = 6
    /// The most digits that a short code has, such as 911, 112 and 116117.
    public static let longestShortCode = 6

    private var numbers = InlineArray<6, TelephoneNumber>(repeating: TelephoneNumber(packed: 0))
    /// How many different numbers there are; 0 for a name.
    public private(set) var count = 0
    /// What kind of number the first one is.
    public private(set) var scope = NumberReading.Scope.local
    /// Whether a strict reader finds the number: nothing stands in front of it, behind it or inside it.
    public private(set) var isClean = false
    /// Whether there are more readings than there is room for: a URI that is made to be read differently.
    public private(set) var isUnreadable = false

    /// A name.
    public init() {}

    /// Reads the user part of a SIP URI, or the number of a tel URI; in a SIP URI without a user part the host, which some
    /// readers take for it.
    @inline(__always)
    public init(_ bytes: Span<UInt8>, _ uri: SIPURI, plan: TelephoneNumber.Plan) {
        if let read = uri.reading(bytes, plan: plan), !read.number.hasServiceCharacters || read.number.isServiceCode,
            !Self.hasOddEscape(bytes, uri)
        {
            numbers[0] = read.number
            count = 1
            scope = read.scope
            isClean = true
            if scope != .global || uri.hasNumberParameters(bytes), let digits = DialedDigits(bytes, uri.number(bytes)) {
                // Who cuts at the semicolon sees no phone-context.
                add(plan.reading(digits))
                if scope != .global { addCorrected(digits, plan) }
            }
        } else {
            readLeniently(bytes, uri, plan)
        }
        for i in 0..<count { addWithoutTrunk(numbers[i]) }
    }

    /// Whether an escaped semicolon or space stands in the user part: to who decodes, something is behind the number.
    private static func hasOddEscape(_ bytes: Span<UInt8>, _ uri: SIPURI) -> Bool {
        var i = bytes.find(UInt8(ascii: "%"), from: uri.user.start, to: uri.user.end)
        guard i < uri.user.end else { return false }
        let end = uri.endOfNumber(bytes)
        while i < end {
            if bytes.hasPrefixIgnoringCase(at: i, "%3b") || bytes.hasPrefixIgnoringCase(at: i, "%20") { return true }
            i = bytes.find(UInt8(ascii: "%"), from: i &+ 1, to: end)
        }
        return false
    }

    /// The number at `index`, which must be less than `count`.
    public subscript(index: Int) -> TelephoneNumber { numbers[index] }

    /// The number that counts first; nil for a name.
    public var first: TelephoneNumber? { count > 0 ? numbers[0] : nil }

    /// Everybody's number, which every reader finds: what a signature may be compared with, or made for.
    public var global: TelephoneNumber? { isClean && scope == .global && count == 1 ? numbers[0] : nil }

    /// Whether there are digits that are no possible number, or something beside a number. Up to `longestLocal` digits are a
    /// number of somebody near.
    public func isMisshapen(longestLocal: Int) -> Bool {
        if isClean { return scope != .global && numbers[0].count > longestLocal }
        for i in 0..<count where numbers[i].count > longestLocal { return true }
        return false
    }

    // MARK: - Lenient readers

    private mutating func readLeniently(_ bytes: Span<UInt8>, _ uri: SIPURI, _ plan: TelephoneNumber.Plan) {
        var range = ByteRange(uri.user.start, uri.endOfNumber(bytes))
        if uri.scheme == .other {
            range = ByteRange(
                min(bytes.find(UInt8(ascii: ":"), from: uri.whole.start, to: uri.whole.end) &+ 1, uri.whole.end), uri.whole.end)
        } else if uri.user.isEmpty {
            guard uri.address(bytes) == nil else { return }
            range = uri.host
        }
        readLeniently(bytes, range, plan, isForeignScriptRead: true)
        // Who knows no digits but ASCII's sees the others as something behind or inside the number.
        if count > 0 { readLeniently(bytes, range, plan, isForeignScriptRead: false) }
    }

    private mutating func readLeniently(
        _ bytes: Span<UInt8>, _ range: ByteRange, _ plan: TelephoneNumber.Plan, isForeignScriptRead: Bool
    ) {
        let runs = DigitRuns(bytes, range, isForeignScriptRead: isForeignScriptRead)
        if !isForeignScriptRead, !runs.hasForeignScript { return }
        if runs.isName {
            // In a name only what is somebody's number is one.
            for run in [runs.leading, runs.longest, runs.trailing] where run.count > Self.longestShortCode {
                if !addIfGlobal(plan.reading(run)) { addCorrected(run, plan) }
            }
            return
        }
        if runs.leading.count > 2 || runs.joined.count == runs.leading.count, runs.leading.count > 0 { add(runs.leading, plan) }
        if runs.joined.count > runs.leading.count { add(runs.joined, plan) }
        if runs.longest.count > Self.longestShortCode { add(runs.longest, plan) }
        if runs.trailing.count > Self.longestShortCode { add(runs.trailing, plan) }
        // `*67` and the like, which an exchange takes off: two digits, or three.
        if runs.beginsWithServiceCharacter {
            for length in 2...3 {
                let read = plan.reading(runs.leading.dropping(length))
                if read.scope == .global { add(read) }
            }
        }
    }

    /// Adds what the digits are, and what they may be taken for.
    private mutating func add(_ digits: DialedDigits, _ plan: TelephoneNumber.Plan) {
        let read = plan.reading(digits)
        add(read)
        if read.scope != .global { addCorrected(digits, plan) }
    }

    /// Adds what digits that are nobody's number are without a sign or zero too many.
    private mutating func addCorrected(_ digits: DialedDigits, _ plan: TelephoneNumber.Plan) {
        guard digits.count > Self.longestShortCode else { return }
        var other = digits
        other.hasPlus = false
        if digits.hasPlus, addIfGlobal(plan.reading(other)) { return }
        var zeros = 0
        while zeros < min(digits.count, 15), digits.number.character(zeros) == UInt8(ascii: "0") { zeros &+= 1 }
        guard zeros > 0 else { return }
        other = digits.dropping(zeros)
        other.hasPlus = true
        if addIfGlobal(plan.reading(other)) { return }
        other.hasPlus = false
        _ = addIfGlobal(plan.reading(other))
    }

    /// Adds what a number is without a trunk prefix behind its country code, as in +44 (0) 20 …: people write it so, and dial it.
    private mutating func addWithoutTrunk(_ number: TelephoneNumber) {
        guard let rest = number.withoutTrunkZero else { return }
        add(NumberReading(rest, .global))
    }

    private mutating func addIfGlobal(_ read: NumberReading) -> Bool {
        guard read.scope == .global else { return false }
        add(read)
        return true
    }

    private mutating func add(_ read: NumberReading) {
        for i in 0..<count where numbers[i] == read.number { return }
        guard count < Self.capacity else {
            isUnreadable = true
            return
        }
        if count == 0 { scope = read.scope }
        numbers[count] = read.number
        count &+= 1
    }
}

/// The digits of a user part as readers of different kinds collect them.
private struct DigitRuns {
    /// Up to the first odd character behind a digit.
    var leading = DialedDigits()
    /// All of them, as if nothing stood between.
    var joined = DialedDigits()
    /// Behind the last odd character.
    var trailing = DialedDigits()
    /// The longest run between odd characters.
    var longest = DialedDigits()
    /// Whether there are digits of another script.
    var hasForeignScript = false
    var beginsWithServiceCharacter = false
    /// Whether it is a name that may have digits in it: it begins with a letter, or has more than a few.
    var isName = false

    private static let mostLetters = 3

    init(_ bytes: Span<UInt8>, _ range: ByteRange, isForeignScriptRead: Bool) {
        var i = range.start, letters = 0, hasPlus = false, isLeadingOver = false, isFirst = true
        while i < range.end {
            let (scalar, next) = bytes.decodedScalar(at: i, to: range.end)
            i = next
            let digit = digitCharacter(scalar)
            if digit != nil, scalar > 0x39 { hasForeignScript = true }
            if let digit, isForeignScriptRead || scalar <= 0x39 {
                if joined.count == 0 { joined.hasPlus = hasPlus }
                if leading.count == 0 { leading.hasPlus = hasPlus }
                if trailing.count == 0 { trailing.hasPlus = hasPlus }
                _ = joined.append(digit)
                if !isLeadingOver { _ = leading.append(digit) }
                _ = trailing.append(digit)
                if trailing.count > longest.count { longest = trailing }
                hasPlus = false
            } else if !isVisualSeparator(scalar) {
                if isFirst { beginsWithServiceCharacter = scalar == 0x2A || scalar == 0x23 }
                let isLetter = scalar | 0x20 >= 0x61 && scalar | 0x20 <= 0x7A
                letters &+= isLetter ? 1 : 0
                if isFirst, isLetter { isName = true }
                isLeadingOver = isLeadingOver || leading.count > 0
                trailing = DialedDigits()
                hasPlus = hasPlus || scalar == 0x2B || scalar == 0xFF0B
            }
            isFirst = false
        }
        isName = isName || letters > Self.mostLetters
    }

    /// Fullwidth, Arabic-Indic and Persian digits look like, or are read as, those of ASCII.
    private func digitCharacter(_ scalar: UInt32) -> UInt8? {
        switch scalar {
        case 0x30...0x39: UInt8(truncatingIfNeeded: scalar)
        case 0xFF10...0xFF19: UInt8(truncatingIfNeeded: scalar &- 0xFF10 &+ 0x30)
        case 0x0660...0x0669: UInt8(truncatingIfNeeded: scalar &- 0x0660 &+ 0x30)
        case 0x06F0...0x06F9: UInt8(truncatingIfNeeded: scalar &- 0x06F0 &+ 0x30)
        default: nil
        }
    }

    /// RFC 3966 §3, and the space of those who write one.
    private func isVisualSeparator(_ scalar: UInt32) -> Bool {
        scalar == 0x2D || scalar == 0x2E || scalar == 0x28 || scalar == 0x29 || scalar == 0x20
    }
}

extension TelephoneNumber {
    /// Whether there is a `*` or `#` in it.
    fileprivate var hasServiceCharacters: Bool {
        // A nibble of 11 or 12: both its high bits but not 15, which no number has; 9 and 10 are the digits 8 and 9.
        for i in 0..<count where character(i) < 0x30 { return true }
        return false
    }

    /// Whether it is a code for the exchange itself, as short as such are: `*97`.
    fileprivate var isServiceCode: Bool { count <= IdentityReading.longestShortCode && character(0) < 0x30 }
}

extension Span where Element == UInt8 {
    /// The octet at `offset`, a percent escape decoded (RFC 3261 §19.1.2), and the offset behind it.
    public func decodedOctet(at offset: Int, to end: Int) -> (octet: UInt8, next: Int) {
        guard self[offset] == UInt8(ascii: "%"), offset &+ 2 < end, let high = hexValue(self[offset &+ 1]),
            let low = hexValue(self[offset &+ 2])
        else { return (self[offset], offset &+ 1) }
        return (high &<< 4 | low, offset &+ 3)
    }

    /// The Unicode scalar at `offset`, percent escapes decoded, and the offset behind it; an octet that is no UTF-8 stands for
    /// itself.
    fileprivate func decodedScalar(at offset: Int, to end: Int) -> (scalar: UInt32, next: Int) {
        let (lead, afterLead) = decodedOctet(at: offset, to: end)
        let length = lead >= 0xC2 && lead < 0xE0 ? 1 : lead & 0xF0 == 0xE0 ? 2 : lead >= 0xF0 && lead < 0xF5 ? 3 : 0
        guard length > 0 else { return (UInt32(lead), afterLead) }
        var scalar = UInt32(lead) & (0x3F &>> UInt32(length)), next = afterLead
        for _ in 0..<length {
            guard next < end else { return (UInt32(lead), afterLead) }
            let (octet, after) = decodedOctet(at: next, to: end)
            guard octet & 0xC0 == 0x80 else { return (UInt32(lead), afterLead) }
            scalar = scalar &<< 6 | UInt32(octet & 0x3F)
            next = after
        }
        return (scalar, next)
    }
}
