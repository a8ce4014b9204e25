// SPDX-License-Identifier: Apache-2.0
//
// A message's header section as ranges over the received bytes. `index` walks it once: start line, then each header field,
// whose line end, name and value are found; then the fields that routing needs are read (IndexedFields.swift). One strict
// reading: what two readers could read differently is a fault, so that the PBX cannot see another caller than we do.

/// One header field: where it stands and which it is.
public struct HeaderField: BitwiseCopyable, Sendable {
    /// The offset of the name's first byte.
    public var start: UInt16 = 0
    /// The offset behind the CR LF that ends the field, folds included.
    public var end: UInt16 = 0
    /// The value without the white space around it.
    public var value = ByteRange.none
    /// Which field it is.
    public var name = FieldName.unknown
    /// The length of the name.
    public var nameLength: UInt8 = 0
    /// The number of the next field of the same name, plus one; 0 where this is the last.
    @usableFromInline var next: UInt16 = 0

    /// The name.
    @inlinable public var nameRange: ByteRange { ByteRange(Int(start), Int(start) &+ Int(nameLength)) }
    /// The whole field with its line end.
    @inlinable public var whole: ByteRange { ByteRange(Int(start), Int(end)) }
}

/// The index of one message; scratch of a thread, used again for every datagram.
public struct MessageIndex: ~Copyable {
    // Implementation limits (reliability: a linear scan, whatever is sent).
    /// The most header fields that a message may have.
    public static let maximumFields = 256
    static let maximumNameLength = 255

    /// Whether the start line is a status line.
    public internal(set) var isResponse = false
    /// The request's method.
    public internal(set) var method = Method.other
    /// The method as it stands there.
    public internal(set) var methodRange = ByteRange.none
    /// The Request-URI.
    public internal(set) var requestURI = SIPURI()
    /// The response's status code.
    public internal(set) var status: UInt16 = 0
    /// Behind the start line's CR LF.
    public internal(set) var headersStart = 0
    /// The offset of the empty line's CR LF; new header fields are inserted here.
    public internal(set) var headersEnd = 0
    /// The offset of the body.
    public internal(set) var bodyStart = 0
    /// The offset behind the body: octets behind it are no part of the message (RFC 3261 §18.3).
    public internal(set) var end = 0

    /// The header fields in their order.
    public internal(set) var fields = Scratch(repeating: HeaderField(), count: maximumFields)
    /// How many there are.
    public internal(set) var fieldCount = 0
    /// The first and the last field of each name.
    @usableFromInline var rows = Scratch(repeating: FieldRow(), count: FieldName.allCases.count)

    /// The topmost Via.
    public internal(set) var via = Via()
    /// From.
    public internal(set) var from = NameAddr()
    /// To.
    public internal(set) var to = NameAddr()
    /// The value of Call-ID.
    public internal(set) var callID = ByteRange.none
    /// The CSeq number.
    public internal(set) var cseqNumber: UInt32 = 0
    /// The method in CSeq, as it stands there.
    public internal(set) var cseqMethod = ByteRange.none
    /// Max-Forwards; nil where there is none or one above 255, which counts as none (RFC 4475 §3.1.2.4).
    public internal(set) var maxForwards: UInt8?
    /// Whether an answer finds its way back; what it repeats it repeats as it stands (RFC 3261 §8.2.6.2).
    public internal(set) var isAnswerable = false
    /// Whether a CR or LF stands alone in the header section.
    public internal(set) var hasBareLineEnds = false
    /// Whether a header name is a token that common PBXs cannot read: some of them then see no field at all.
    public internal(set) var hasUncommonName = false
    /// What stands in one field behind the second value of P-Asserted-Identity, its comma included; not passed on.
    public internal(set) var surplusIdentities = ByteRange.none
    /// Whether there were more than `maximumFields`, so that only fields that an answer repeats are indexed.
    private var isOverfull = false

    /// An index of nothing.
    public init() {}

    /// The number of the first field of that name, or nil.
    @inlinable
    public func firstField(_ name: FieldName) -> Int? {
        let number = firstNumber(name)
        return number == 0 ? nil : number &- 1
    }

    @inlinable
    func firstNumber(_ name: FieldName) -> Int { Int(rows[Int(name.rawValue)].first) }

    /// The number of the next field of that name behind field `after`, which is one of them, or nil.
    @inlinable
    public func nextField(_ name: FieldName, after: Int) -> Int? {
        let field = fields[after]
        return field.next == 0 || field.name != name ? nil : Int(field.next) &- 1
    }

    /// Indexes the message in the first `count` bytes of `bytes`, behind which `readSlack` bytes must be readable.
    /// Returns its first fault, or nil; `isAnswerable` tells whether a request with a fault can be answered.
    public mutating func index(_ bytes: Span<UInt8>, count: Int) -> SyntaxFault? {
        reset()
        guard count >= 12, count &+ readSlack <= bytes.count, count <= 65535 else { return .notSIP }
        var lineEnd = bytes.findControl(from: 0, to: count)
        // A tab may stand in a Reason-Phrase (RFC 3261 §25.1).
        while lineEnd < count, bytes[lineEnd] == 0x09, bytes.hasPrefixIgnoringCase(at: 0, "sip/") {
            lineEnd = bytes.findControl(from: lineEnd &+ 1, to: count)
        }
        guard lineEnd &+ 1 < count, bytes[lineEnd] == 0x0D, bytes[lineEnd &+ 1] == 0x0A else { return .notSIP }
        headersStart = lineEnd &+ 2
        let lineFault = readStartLine(bytes, ByteRange(0, lineEnd))
        if lineFault == .notSIP { return .notSIP }
        let sectionFault = readFields(bytes, count: count)
        if sectionFault == .noEndOfHeaders { return sectionFault }
        if isResponse {
            // What is not indexed could hold a mark.
            return lineFault ?? (sectionFault == .tooManyFields ? .tooManyFields : readResponseFields(bytes, count: count))
        }
        let fieldFault = readIndexedFields(bytes, count: count)
        return lineFault ?? sectionFault ?? fieldFault
    }

    private mutating func reset() {
        isResponse = false
        method = .other
        forgetFields()
        isOverfull = false
        hasUncommonName = false
        via = Via()
        from = NameAddr()
        to = NameAddr()
        requestURI = SIPURI()
        callID = .none
        surplusIdentities = .none
        maxForwards = nil
        isAnswerable = false
        hasBareLineEnds = false
        status = 0
        end = 0
    }

    private mutating func forgetFields() {
        fieldCount = 0
        for name in 0..<rows.count { rows[name] = FieldRow() }
    }

    // MARK: - Start line (RFC 3261 §7.1, §7.2)

    private mutating func readStartLine(_ bytes: Span<UInt8>, _ line: ByteRange) -> SyntaxFault? {
        if bytes.hasPrefixIgnoringCase(at: 0, "sip/") {
            isResponse = true
            guard bytes.hasPrefixIgnoringCase(at: 0, "sip/2.0 "), line.count >= 11 else { return .notSIP }
            guard let code = bytes.decimal(ByteRange(8, 11), limit: 699), code >= 100, line.count == 11 || bytes[11] == 0x20
            else { return .statusLine }
            status = UInt16(truncatingIfNeeded: code)
            return nil
        }
        let methodEnd = bytes.skip(CharacterClass.token, from: 0, to: line.end)
        guard methodEnd > 0, methodEnd < line.end, bytes[methodEnd] == 0x20 else { return .notSIP }
        methodRange = ByteRange(0, methodEnd)
        method = Method(bytes, methodRange)
        let isMisspelt = method == .other && Method.isMisspelt(bytes, methodRange)
        return readRequestLine(bytes, from: methodEnd, to: line.end) ?? (isMisspelt ? .method : nil)
    }

    private mutating func readRequestLine(_ bytes: Span<UInt8>, from methodEnd: Int, to lineEnd: Int) -> SyntaxFault? {
        var versionEnd = lineEnd
        while versionEnd > methodEnd, bytes[versionEnd &- 1] == 0x20 { versionEnd &-= 1 }
        var versionStart = versionEnd
        while versionStart > methodEnd, bytes[versionStart &- 1] != 0x20 { versionStart &-= 1 }
        let version = ByteRange(versionStart, versionEnd)
        guard versionStart > methodEnd &+ 1, bytes.hasPrefixIgnoringCase(at: version.start, "sip/") else { return .notSIP }
        guard bytes.equalsIgnoringCase(version, "sip/2.0") else { return .version }
        guard versionEnd == lineEnd, let uri = SIPURI(bytes, ByteRange(methodEnd &+ 1, versionStart &- 1)), uri.headers.isEmpty
        else { return .requestLine }
        requestURI = uri
        return nil
    }

    // MARK: - Header section

    private mutating func readFields(_ bytes: Span<UInt8>, count: Int) -> SyntaxFault? {
        var fault: SyntaxFault?
        var start = headersStart
        while true {
            guard start &+ 1 < count else { return .noEndOfHeaders }
            if bytes[start] == 0x0D, bytes[start &+ 1] == 0x0A {
                headersEnd = start
                bodyStart = start &+ 2
                return fault
            }
            guard let lineEnd = endOfField(bytes, from: start, count: count, &fault) else { return .noEndOfHeaders }
            if fieldCount == Self.maximumFields, !isOverfull {
                fault = fault ?? .tooManyFields
                keepAnswerFields()
            }
            if let wrong = addField(bytes, from: start, valueEnd: lineEnd) { fault = fault ?? wrong }
            start = lineEnd &+ 2
        }
    }

    /// The offset of the CR LF that ends the field, folds (RFC 3261 §7.3.1) passed over. nil: it does not end.
    private mutating func endOfField(_ bytes: Span<UInt8>, from start: Int, count: Int, _ fault: inout SyntaxFault?) -> Int? {
        var i = start, quotes = QuotedPairs(from: start)
        while true {
            i = bytes.findControlButTab(from: i, to: count)
            guard i &+ 2 < count else { return nil }
            switch bytes[i] {
            case 0x0D where bytes[i &+ 1] == 0x0A:
                if bytes[i &+ 2] != 0x20, bytes[i &+ 2] != 0x09 { return i }
                i &+= 3
            case 0x0D, 0x0A:
                hasBareLineEnds = true
                fault = fault ?? .controlOctet
                i &+= 1
            default:
                // A quoted pair may hold any octet up to 0x7F but CR and LF (RFC 3261 §25.1).
                if !quotes.isPairEnd(bytes, i) { fault = fault ?? .controlOctet }
                i &+= 1
            }
        }
    }

    private mutating func addField(_ bytes: Span<UInt8>, from start: Int, valueEnd: Int) -> SyntaxFault? {
        let colon = bytes.find(UInt8(ascii: ":"), from: start, to: min(valueEnd, start &+ Self.maximumNameLength &+ 16))
        var nameEnd = colon
        // In a response the fold in front of a colon is passed over, as some readers do; a request with one is refused.
        while nameEnd > start, isResponse ? isWhiteSpace(bytes[nameEnd &- 1]) : isBlank(bytes[nameEnd &- 1]) { nameEnd &-= 1 }
        let nameRange = ByteRange(start, nameEnd)
        var field = HeaderField()
        field.start = UInt16(truncatingIfNeeded: start)
        field.end = UInt16(truncatingIfNeeded: valueEnd &+ 2)
        guard colon < valueEnd, bytes[colon] == UInt8(ascii: ":"), nameRange.count <= Self.maximumNameLength else {
            add(field)
            return .fieldName
        }
        field.name = FieldName(bytes, nameRange)
        field.nameLength = UInt8(truncatingIfNeeded: nameRange.count)
        field.value = bytes.trimmed(ByteRange(colon &+ 1, valueEnd))
        if field.name == .pAssertedIdentity, field.value.isEmpty { field.name = .surplusIdentity }
        let isRepeated = !add(field)
        if field.name == .unknown { return readUnknownName(bytes, nameRange) }
        return isRepeated && field.name.isSingle ? .repeatedField : nil
    }

    @inline(__always)
    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private mutating func readUnknownName(_ bytes: Span<UInt8>, _ name: ByteRange) -> SyntaxFault? {
        if bytes.isAll(CharacterClass.plainName, name) { return nil }
        guard bytes.isToken(name) else { return .fieldName }
        hasUncommonName = true
        return nil
    }

    /// Adds a field; returns whether it is the first of its name. Once there are too many, only what an answer repeats is added.
    @discardableResult
    private mutating func add(_ field: HeaderField) -> Bool {
        guard !isOverfull || field.name.isInAnswers && fieldCount < Self.maximumFields else { return true }
        fields[fieldCount] = field
        fieldCount &+= 1
        let row = Int(field.name.rawValue), number = UInt16(truncatingIfNeeded: fieldCount)
        let last = Int(rows[row].last)
        rows[row].last = number
        guard last == 0 else {
            fields[last &- 1].next = number
            return false
        }
        rows[row].first = number
        return true
    }

    /// Forgets all fields but those that an answer repeats: a request with too many fields is answered, whatever their order.
    private mutating func keepAnswerFields() {
        let count = fieldCount
        forgetFields()
        isOverfull = true
        for i in 0..<count {
            var field = fields[i]
            field.next = 0
            add(field)
        }
    }
}

/// The fields of one name: the number of the first and of the last, plus one; 0 where there is none.
@usableFromInline
struct FieldRow: BitwiseCopyable {
    @usableFromInline var first: UInt16 = 0
    @usableFromInline var last: UInt16 = 0
}

/// Where the quoted pairs of one header field are (RFC 3261 §25.1). Asked for control octets only, in ascending order, and goes
/// over the field once however many there are.
private struct QuotedPairs {
    private var offset: Int
    private var isQuoted = false

    init(from start: Int) { offset = start }

    /// Whether the octet at `end` is the second of a quoted pair in a quoted string.
    mutating func isPairEnd(_ bytes: Span<UInt8>, _ end: Int) -> Bool {
        while offset < end {
            if isQuoted, bytes[offset] == UInt8(ascii: "\\") {
                offset &+= 2
                if offset &- 1 == end { return true }
            } else {
                if bytes[offset] == UInt8(ascii: "\"") { isQuoted.toggle() }
                offset &+= 1
            }
        }
        return false
    }
}
