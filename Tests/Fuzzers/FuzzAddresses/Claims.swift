// SPDX-License-Identifier: Apache-2.0
//
// What must hold of a Via, a URI, a name-addr, a number and an address that were read.

import FuzzSupport
import SIP

private func isInside(_ range: ByteRange, _ outer: ByteRange) -> Bool {
    range == .none || outer.start <= range.start && range.start <= range.end && range.end <= outer.end
}

extension Span where Element == UInt8 {
    fileprivate func has(_ character: Unicode.Scalar, at offset: Int) -> Bool { self[offset] == UInt8(ascii: character) }

    fileprivate func holds(_ characters: String, _ range: ByteRange) -> Bool {
        let some = Array(characters.utf8)
        return octets(range).contains { some.contains($0) }
    }

    fileprivate func text(_ range: ByteRange) -> String { String(decoding: octets(range), as: UTF8.self) }
}

// MARK: - URI

func checkURI(_ uri: SIPURI, _ bytes: Span<UInt8>) {
    let text = bytes.text(uri.whole)
    check(!bytes.holds("<>\" \t\r\n", uri.whole), "no delimiter is in a URI: \(text)")
    let colon = bytes.find(UInt8(ascii: ":"), from: uri.whole.start, to: uri.whole.end)
    switch uri.scheme {
    case .sip, .sips: checkHierarchy(uri, bytes, behind: colon)
    case .tel:
        check(uri.user == ByteRange(colon + 1, uri.parameters.start) && !uri.user.isEmpty, "a number: \(text)")
        check(uri.parameters.end == uri.whole.end && uri.host.isEmpty, "a tel URI's parameters: \(text)")
        check(!bytes.holds(";", uri.user), "a semicolon ends a number: \(text)")
    case .other: check(uri.user.isEmpty && uri.host.isEmpty, "nothing is known of another scheme: \(text)")
    }
    check(uri.parameters.isEmpty || bytes.has(";", at: uri.parameters.start), "parameters begin with a semicolon: \(text)")
    let number = uri.number(bytes)
    check(isInside(number, uri.user) && number.start == uri.user.start, "a number is where the user part begins: \(text)")
    // RFC 3966 §5.1.5: a context may stand in front of the number.
    for plan in plans where !text.lowercased().contains("phone-context") {
        let alone = TelephoneNumber(canonicalizing: bytes, number, plan: plan)
        check(uri.telephoneNumber(bytes, plan: plan) == (uri.user.isEmpty ? nil : alone), "a URI's number: \(text)")
    }
    for name: StaticString in ["t", "lr", "verstat"] {
        guard let value = uri.parameter(bytes, name) else { continue }
        check(isInside(value, uri.parameters) && !bytes.holds(";", value), "a URI's parameter: \(text)")
        check(value.isEmpty || bytes.has("=", at: value.start - 1), "a value stands behind its sign: \(text)")
    }
    if let address = uri.address(bytes) { checkWritten(address) }
}

/// [ userinfo "@" ] host [ ":" port ] parameters headers, without gap or overlap (RFC 3261 §25.1).
private func checkHierarchy(_ uri: SIPURI, _ bytes: Span<UInt8>, behind colon: Int) {
    let text = bytes.text(uri.whole)
    if uri.userinfo.isEmpty {
        check(uri.host.start == colon + 1 && uri.user.isEmpty, "without user the host comes first: \(text)")
    } else {
        check(uri.userinfo.start == colon + 1 && uri.host.start == uri.userinfo.end + 1, "userinfo, @, host: \(text)")
        check(bytes.has("@", at: uri.userinfo.end) && uri.user.start == uri.userinfo.start, "userinfo ends at @: \(text)")
        check(uri.user.end == uri.userinfo.end || bytes.has(":", at: uri.user.end), "a password follows a colon: \(text)")
        check(!bytes.holds(":", uri.user) && !bytes.holds("@", uri.userinfo), "neither : nor @ is in the user part: \(text)")
    }
    check(!uri.host.isEmpty && !bytes.holds("@;?", uri.host), "a host: \(text)")
    if uri.port == 0 {
        check(uri.parameters.start == uri.host.end, "parameters follow the host: \(text)")
    } else {
        let digits = ByteRange(uri.host.end + 1, uri.parameters.start)
        check(bytes.has(":", at: uri.host.end), "a port follows a colon: \(text)")
        check(bytes.decimal(digits, limit: 65535) == UInt64(uri.port), "a port's digits: \(text)")
    }
    check(uri.headers.start == uri.parameters.end && uri.headers.end == uri.whole.end, "headers end a URI: \(text)")
    check(uri.headers.isEmpty || bytes.has("?", at: uri.headers.start), "headers begin with a question mark: \(text)")
    check(!bytes.holds("?", uri.parameters), "a question mark ends the parameters: \(text)")
    check(!bytes.holds("@", ByteRange(uri.host.start, uri.whole.end)), "there is one @: \(text)")
}

// MARK: - Via

func checkVias(_ bytes: Span<UInt8>, _ whole: ByteRange) {
    var start = 0, count = 0
    while let via = Via(bytes, ByteRange(start, whole.end)) {
        let text = bytes.text(via.value)
        count += 1
        check(via.value.start >= start && isInside(via.value, whole), "a Via's value: \(text)")
        check(via.value.start < via.transport.start && via.transport.end <= via.sentBy.start, "transport, sent-by: \(text)")
        check(via.host.start == via.sentBy.start && isInside(via.host, via.sentBy), "a host begins sent-by: \(text)")
        check((via.port == 0) == (via.host == via.sentBy), "a port ends sent-by: \(text)")
        check(Via(bytes, via.value).map { Reading($0, bytes) } == Reading(via, bytes).last, "a Via by itself: \(text)")
        checkParameters(bytes, via.value, from: via.sentBy.end) { parameter, name in
            switch name {
            case "branch": check(parameter.value == via.branch, "the branch: \(text)")
            case "received": check(parameter.whole == via.received?.whole, "received: \(text)")
            case "rport": check(parameter.whole == via.rport?.whole, "rport: \(text)")
            default: break
            }
        }
        if let back = via.responseDestination(bytes) { checkWritten(back) }
        guard via.next != 0 else { break }
        check(Int(via.next) > via.value.end && Int(via.next) < whole.end, "the next Via stands behind: \(text)")
        start = Int(via.next)
    }
    check(count <= bytes.octets(whole).count { $0 == UInt8(ascii: ",") } + 1, "a comma between two Vias")
}

/// Walks all parameters of a value, which end where the value does.
private func checkParameters(
    _ bytes: Span<UInt8>, _ value: ByteRange, from start: Int, _ body: (Parameter, String) -> Void
) {
    var last = start, seen: Set<String> = []
    while last < value.end {
        let place = bytes.skipWhiteSpace(from: last, to: value.end)
        guard let parameter = bytes.parameter(at: place, to: value.end) else {
            return check(false, "a value ends with its last parameter: \(bytes.text(value))")
        }
        let name = String(decoding: bytes.octets(parameter.name).map(asciiLowercase), as: UTF8.self)
        check(isInside(parameter.name, parameter.whole) && bytes.isToken(parameter.name), "a parameter's name: \(name)")
        check(isInside(parameter.value, parameter.whole), "a parameter's value: \(name)")
        check(parameter.whole.start == place && parameter.whole.end > last, "a parameter begins at its semicolon: \(name)")
        let alone = bytes.parameter(at: place, to: parameter.whole.end)
        check(alone?.name == parameter.name && alone?.value == parameter.value, "a parameter by itself: \(name)")
        if seen.insert(name).inserted { body(parameter, name) }
        last = parameter.whole.end
    }
    check(last == value.end, "a value ends with its last parameter: \(bytes.text(value))")
}

// MARK: - name-addr

func checkAddresses(_ bytes: Span<UInt8>, _ whole: ByteRange) {
    var start = 0, count = 0
    while let address = NameAddr(bytes, ByteRange(start, whole.end)) {
        let text = bytes.text(address.value)
        count += 1
        check(address.value.start >= start && isInside(address.value, whole), "a value: \(text)")
        let alone = NameAddr(bytes, address.value).map { Reading($0, bytes) }
        check(alone == Reading(address, bytes).last, "a value by itself: \(text)")
        let uri = SIPURI(bytes, address.uri.whole).map { Reading($0, bytes) }
        check(uri == Reading(address.uri, bytes), "a URI by itself: \(text)")
        checkURI(address.uri, bytes)
        checkDisplayName(address, bytes)
        var end = address.uri.whole.end
        if address.isBracketed {
            end = bytes.find(UInt8(ascii: ">"), from: end, to: address.value.end) + 1
            let inner = ByteRange(address.uri.whole.start, end - 1)
            check(!bytes.holds("<\"", inner), "every reader ends brackets at the same place: \(text)")
        }
        checkParameters(bytes, address.value, from: end) { parameter, name in
            if name == "tag" { check(address.hasTag && address.tag == parameter.value, "the tag: \(text)") }
        }
        // A row of thousands is read as its first are.
        if count <= 32 { checkMarked(address, bytes) }
        guard address.next != 0 else { break }
        check(Int(address.next) > address.value.end && Int(address.next) < whole.end, "the next stands behind: \(text)")
        start = Int(address.next)
    }
    check(count <= bytes.octets(whole).count { $0 == UInt8(ascii: ",") } + 1, "a comma between two values")
}

private func checkDisplayName(_ address: NameAddr, _ bytes: Span<UInt8>) {
    let name = address.displayName, text = bytes.text(address.value)
    guard !name.isEmpty else {
        let first = address.isBracketed ? address.uri.whole.start - 1 : address.uri.whole.start
        return check(address.value.start == first, "without a display name the URI comes first: \(text)")
    }
    check(name.start == address.value.start && address.isBracketed, "a display name comes first: \(text)")
    check(name.end < address.uri.whole.start, "and the URI behind it: \(text)")
    guard bytes.has("\"", at: name.start) else {
        return check(!bytes.holds("<>\",;:@", name), "what is not quoted holds no delimiter: \(text)")
    }
    check(bytes.skipQuotedString(from: name.start, to: name.end) == name.end, "a quoted name ends at its quote: \(text)")
}

/// A parameter that is written into the user part, or behind the host, with brackets where there were none: the number, host
/// and tag stay, and the parameter is where it is looked for.
private func checkMarked(_ address: NameAddr, _ bytes: Span<UInt8>) {
    let uri = address.uri
    guard uri.scheme != .other, uri.headers.isEmpty, !uri.user.isEmpty else { return }
    for place in [uri.user.end, uri.parameters.end] {
        var text = bytes.octets(ByteRange(address.value.start, uri.whole.start))
        if !address.isBracketed { text.append(UInt8(ascii: "<")) }
        text += bytes.octets(ByteRange(uri.whole.start, place)) + Array(";verstat=x".utf8)
        text += bytes.octets(ByteRange(place, uri.whole.end))
        if !address.isBracketed { text.append(UInt8(ascii: ">")) }
        text += bytes.octets(ByteRange(uri.whole.end, address.value.end))
        reading(text) { marked, range in
            guard let again = NameAddr(marked, range), again.next == 0 else {
                return check(false, "what is marked is a name-addr: \(marked.text(range))")
            }
            check(marked.octets(again.tag) == bytes.octets(address.tag), "the tag stays: \(marked.text(range))")
            check(marked.octets(again.displayName) == bytes.octets(address.displayName), "so does the display name")
            check(marked.octets(again.uri.host) == bytes.octets(uri.host) && again.uri.port == uri.port, "and the host")
            check(marked.octets(again.uri.number(marked)) == bytes.octets(uri.number(bytes)), "and the number")
            let isInUser = place == uri.user.end && uri.scheme != .tel
            check(isInUser || again.uri.parameter(marked, "verstat") != nil, "the mark: \(marked.text(range))")
        }
    }
}

// MARK: - Numbers and addresses

func checkNumber(_ bytes: Span<UInt8>, _ whole: ByteRange) {
    for plan in plans {
        guard let number = TelephoneNumber(canonicalizing: bytes, whole, plan: plan) else { continue }
        let text = number.description
        check(!number.isEmpty && number.count == text.utf8.count && number.count <= 16, "a number's length: \(text)")
        check(TelephoneNumber(text) == number, "a number that is written is the one that is read: \(text)")
        var dotted = "+", escaped = "%2b"
        for character in text.utf8 {
            dotted += "(.-" + String(UnicodeScalar(character))
            escaped += "%" + String(character, radix: 16)
        }
        for other in ["+" + text, dotted + ")", escaped] {
            reading(Array(other.utf8)) { span, range in
                let again = TelephoneNumber(canonicalizing: span, range, plan: plan)
                check(again == number, "the canonical form of a canonical form is itself: \(other)")
            }
        }
        for length in 0...16 {
            let prefix = number.prefix(length)
            check(prefix.count == min(length, number.count) && number.hasPrefix(prefix), "a prefix of \(text)")
        }
    }
}

/// An address that is written, alone, in a URI or in a Via, is the one that is read.
func checkWritten(_ address: TransportAddress) {
    let ip = address.ipDescription, port = address.port == 0 ? 1 : address.port
    let hostPort = address.with(port: port).description
    check(ip.utf8.count <= 39 && !ip.contains(":::"), "an address's text: \(ip)")
    check(TransportAddress(ip, defaultPort: port) == address.with(port: port), "an address, once written: \(ip)")
    check(TransportAddress(hostPort) == address.with(port: port), "with its port: \(hostPort)")
    reading(Array("sip:\(hostPort)".utf8)) { span, range in
        check(SIPURI(span, range)?.address(span) == address.with(port: port), "in a URI: \(hostPort)")
    }
    for via in ["SIP/2.0/UDP \(hostPort)", "SIP/2.0/UDP x;rport=\(port);received=\(ip)"] {
        reading(Array(via.utf8)) { span, range in
            check(Via(span, range)?.responseDestination(span) == address.with(port: port), "in a Via: \(via)")
        }
    }
}
