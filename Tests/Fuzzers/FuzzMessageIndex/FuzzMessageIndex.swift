// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a message: the index says the same whatever stands behind the message, every range lies where it belongs, and
// a second, plain reading of the header section finds the same fields. Then the readers of single values on any range.

import FuzzSupport
import SIP

private final class Harness: @unchecked Sendable {
    static let shared = Harness()
    private var index = MessageIndex()

    func run(_ bytes: [UInt8]) {
        let first = summary(bytes, slack: 0), second = summary(bytes, slack: UInt8(ascii: "\n"))
        check(first == second, "the slack does not matter: \(first) \(second)")
        let slot = Slot(bytes, slack: UInt8(ascii: ";")), datagram = slot.datagram, span = datagram.span
        let fault = index.index(span, count: bytes.count)
        if fault != .notSIP {
            checkRanges(span, count: bytes.count)
            for i in 0..<index.fieldCount { readValues(span, index.fields[i].value) }
        }
        if fault == nil { checkAccepted(bytes) }
        var random = InputRandom(bytes)
        for _ in 0..<6 {
            let start = random.next(below: bytes.count + 1)
            let length = random.next(below: min(bytes.count - start, 1 << random.next(below: 16)) + 1)
            readValues(span, ByteRange(start, start + length))
        }
        withExtendedLifetime(slot) {}
    }

    /// Everything that the index says, as numbers.
    private func summary(_ bytes: [UInt8], slack: UInt8) -> [Int] {
        let slot = Slot(bytes, slack: slack), datagram = slot.datagram
        let fault = index.index(datagram.span, count: bytes.count)
        guard fault != .notSIP else { return [-1] }
        var result = [Int(fault?.rawValue ?? 255), index.isResponse ? 1 : 0, Int(index.status), index.headersStart, index.end]
        result += [Int(index.cseqNumber), Int(index.maxForwards ?? 0), index.isAnswerable ? 1 : 0, index.fieldCount]
        for i in 0..<index.fieldCount {
            let field = index.fields[i]
            result += numbers([field.value, field.whole, field.nameRange]) + [Int(field.name.rawValue)]
        }
        let via = index.via
        result += numbers([index.callID, via.value, via.sentBy, via.branch, via.transport]) + [Int(via.next)]
        for address in [index.from, index.to] {
            result += numbers([address.value, address.displayName, address.uri.whole, address.tag, address.uri.host])
        }
        return result
    }

    private func numbers(_ ranges: [ByteRange]) -> [Int] { ranges.flatMap { [$0.start, $0.end] } }

    private func checkRanges(_ span: Span<UInt8>, count: Int) {
        var last = index.headersStart
        for i in 0..<index.fieldCount {
            let field = index.fields[i]
            check(Int(field.start) == last && Int(field.end) <= count, "field \(i) begins where the one before ends")
            check(inside(field.nameRange, field.whole), "the name of field \(i)")
            let valueStart = field.nameRange.end
            check(inside(field.value, ByteRange(valueStart, max(valueStart, Int(field.end) - 2))), "the value of field \(i)")
            last = Int(field.end)
        }
        for name in FieldName.allCases {
            let found = (0..<index.fieldCount).first { index.fields[$0].name == name }
            check(index.firstField(name) == found, "the first field \(name.lowercase)")
        }
        guard index.isAnswerable, let viaField = index.firstField(.via) else { return }
        checkVia(index.via, index.fields[viaField].value)
        if let field = index.firstField(.callID) { check(index.callID == index.fields[field].value, "Call-ID") }
    }

    /// What holds for a message without fault.
    private func checkAccepted(_ bytes: [UInt8]) {
        check(index.isAnswerable && index.bodyStart <= index.end && index.end <= bytes.count, "the body's range")
        let lines = referenceFields(bytes, from: index.headersStart)
        check(lines.count == index.fieldCount, "\(lines.count) fields are \(index.fieldCount)")
        for (i, line) in lines.enumerated() {
            check(line.start == Int(index.fields[i].start) && line.end == Int(index.fields[i].end), "field \(i) by lines")
            let name = bytes[line.start..<line.end].prefix { $0 != UInt8(ascii: ":") && $0 != 0x20 && $0 != 0x09 }
            check(referenceName(name.map(asciiLowercase)) == index.fields[i].name, "the name of field \(i)")
        }
        for place in 1..<index.bodyStart where bytes[place] == 0x0A || bytes[place - 1] == 0x0D {
            check(bytes[place] == 0x0A && bytes[place - 1] == 0x0D, "no CR or LF alone at \(place)")
        }
        for name in [FieldName.from, .to, .callID, .cseq, .maxForwards, .contentLength] {
            let count = (0..<index.fieldCount).count { index.fields[$0].name == name }
            check(count <= 1, "\(name.lowercase) stands there \(count) times")
        }
        for address in [index.from, index.to] { check(address.next == 0, "From and To are one value") }
    }

    /// Lines as RFC 3261 §7.3.1 has them: a CR LF ends a field unless white space follows.
    private func referenceFields(_ bytes: [UInt8], from start: Int) -> [(start: Int, end: Int)] {
        var fields: [(start: Int, end: Int)] = []
        var lineStart = start, i = start
        while i + 1 < bytes.count {
            guard bytes[i] == 0x0D, bytes[i + 1] == 0x0A else {
                i += 1
                continue
            }
            if i == lineStart { return fields }
            let isFold = i + 2 < bytes.count && (bytes[i + 2] == 0x20 || bytes[i + 2] == 0x09)
            i += 2
            if isFold { continue }
            fields.append((lineStart, i))
            lineStart = i
        }
        return fields
    }

    private static let names: [[UInt8]: FieldName] = {
        var names: [[UInt8]: FieldName] = [:]
        for name in FieldName.allCases where name != .unknown { names[Array("\(name.lowercase)".utf8)] = name }
        let compact: [(String, FieldName)] = [
            ("v", .via), ("f", .from), ("t", .to), ("i", .callID), ("l", .contentLength), ("m", .contact), ("y", .identity),
        ]
        for (letter, name) in compact { names[Array(letter.utf8)] = name }
        return names
    }()

    private func referenceName(_ name: [UInt8]) -> FieldName { Self.names[name] ?? .unknown }
}

// MARK: - Single values

private func inside(_ range: ByteRange, _ outer: ByteRange) -> Bool {
    range == .none || outer.start <= range.start && range.start <= range.end && range.end <= outer.end
}

private func checkVia(_ via: Via, _ range: ByteRange) {
    check(inside(via.value, range), "a Via's value")
    for part in [via.transport, via.host, via.sentBy, via.branch] { check(inside(part, via.value), "a Via's parts") }
    for parameter in [via.received, via.rport] {
        guard let parameter else { continue }
        check(inside(parameter.whole, via.value) && inside(parameter.name, parameter.whole), "a Via's parameters")
        check(inside(parameter.value, parameter.whole), "a Via's parameter value")
    }
    check(via.next == 0 || Int(via.next) > via.value.end && Int(via.next) < range.end, "the next Via lies behind")
}

private func checkURI(_ uri: SIPURI, _ range: ByteRange, _ bytes: Span<UInt8>) {
    check(inside(uri.whole, range), "a URI")
    for part in [uri.user, uri.userinfo, uri.host, uri.parameters, uri.headers] {
        check(inside(part, uri.whole), "a URI's parts")
    }
    check(inside(uri.number(bytes), uri.user), "a URI's number")
    if let value = uri.parameter(bytes, "t") { check(inside(value, uri.parameters), "a URI's parameter") }
    for country in ["1", "44", "358"] {
        guard let code = TelephoneNumber(country) else { continue }
        let number = uri.telephoneNumber(bytes, plan: TelephoneNumber.Plan(countryCode: code))
        check(number.map { !$0.isEmpty && $0.count <= 16 } ?? true, "a telephone number's length")
        _ = number?.isE164Length
        _ = number?.description
    }
    guard let address = uri.address(bytes) else { return }
    check(TransportAddress(address.description) == address, "an address that is written is the one that is read: \(address)")
}

private func readValues(_ bytes: Span<UInt8>, _ range: ByteRange) {
    if let uri = SIPURI(bytes, range) {
        check(uri.whole == range, "a URI is all of its range")
        checkURI(uri, range, bytes)
    }
    var start = range.start
    while let via = Via(bytes, ByteRange(start, range.end)) {
        checkVia(via, ByteRange(start, range.end))
        if let back = via.responseDestination(bytes) { _ = back.isSendable }
        guard Int(via.next) > start else { break }
        start = Int(via.next)
    }
    start = range.start
    while let address = NameAddr(bytes, ByteRange(start, range.end)) {
        let rest = ByteRange(start, range.end)
        check(inside(address.value, rest) && inside(address.displayName, address.value), "a name-addr's parts")
        check(inside(address.tag, address.value), "a tag")
        check(!address.isBracketed || address.uri.whole.start > address.value.start, "a URI in brackets")
        checkURI(address.uri, address.value, bytes)
        guard address.next != 0 else { break }
        check(Int(address.next) > address.value.end && Int(address.next) < range.end, "the next value lies behind")
        start = Int(address.next)
    }
    _ = TransportAddress(bytes, range, port: 1)
    _ = bytes.decimal(range, limit: .max)
    _ = TelephoneNumber(literal: bytes, range)
}

@main
enum Fuzzer {
    static func main() {
        runFuzzer { data, size in
            Harness.shared.run(octets(data, size))
            return 0
        }
    }
}
