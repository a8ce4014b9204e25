// SPDX-License-Identifier: Apache-2.0
//
// The claims of RFC 8225 §5, RFC 8588 §4 and RFC 8946 §3, out of JSON whose grammar was checked.

import Credentials
import SIP

extension JSONScanner {
    /// Beyond this a JSON number is not an integer everywhere (RFC 8259 §6).
    private static let largestInteger: UInt64 = 1 << 53

    /// The member `name` where that is a positive integer, written as one.
    func integer(_ text: Span<UInt8>, _ name: StaticString) -> Int64? {
        guard let member = member(text, name), entry(member).kind == .number else { return nil }
        return text.decimal(entry(member).value, limit: Self.largestInteger).map { Int64($0) }
    }

    /// `orig`: exactly one identity, a string (RFC 8225 §5.2.1). A number that nobody can have called nobody.
    func readOrig(_ text: Span<UInt8>, into claims: inout PASSporT) -> Bool {
        guard let orig = member(text, "orig"), entry(orig).kind == .object, let identity = child(of: orig),
            child(of: orig, after: identity) == nil
        else { return false }
        return readIdentity(text, entry(identity), into: &claims.orig) && claims.orig?.isPossible ?? true
    }

    /// `div`: what was diverted, and how (RFC 8946 §3): beside the one identity there may be `hi` and others.
    func readDiv(_ text: Span<UInt8>, into claims: inout PASSporT) -> Bool {
        guard let div = member(text, "div"), entry(div).kind == .object else { return false }
        var found = false
        var next = child(of: div)
        while let index = next {
            let member = entry(index)
            if isIdentity(text, member) {
                guard !found, readIdentity(text, member, into: &claims.div) else { return false }
                found = true
            }
            next = child(of: div, after: index)
        }
        return found
    }

    private func isIdentity(_ text: Span<UInt8>, _ member: Entry) -> Bool {
        member.name.equals(text, "tn") || member.name.equals(text, "uri")
    }

    /// `tn` or `uri` with a string; a URI is no number, so that no call has it for a party.
    private func readIdentity(_ text: Span<UInt8>, _ member: Entry, into number: inout TelephoneNumber?) -> Bool {
        guard member.kind == .string else { return false }
        if member.name.equals(text, "uri") { return !member.value.isEmpty }
        guard member.name.equals(text, "tn") else { return false }
        number = telephoneNumber(text, member.string)
        return number != nil
    }

    /// `dest`: at least one of `tn` and `uri`, arrays of at least one string each (RFC 8225 §5.2.1).
    func readDest(_ text: Span<UInt8>, into claims: inout PASSporT, _ parties: CallParties) -> Bool {
        guard let dest = member(text, "dest"), entry(dest).kind == .object else { return false }
        var found = false
        var next = child(of: dest)
        while let index = next {
            let member = entry(index)
            if isIdentity(text, member) {
                let isNumbers = member.name.equals(text, "tn")
                guard member.kind == .array, readDestinations(text, index, isNumbers: isNumbers, into: &claims, parties)
                else {
                    return false
                }
                found = true
            }
            next = child(of: dest, after: index)
        }
        return found
    }

    private func readDestinations(
        _ text: Span<UInt8>, _ array: Int, isNumbers: Bool, into claims: inout PASSporT, _ parties: CallParties
    ) -> Bool {
        var next = child(of: array)
        guard next != nil else { return false }
        while let index = next {
            guard entry(index).kind == .string else { return false }
            if isNumbers {
                guard let number = telephoneNumber(text, entry(index).string) else { return false }
                claims.addDestination(number, parties)
            }
            next = child(of: array, after: index)
        }
        return true
    }

    /// `attest` and `origid` (RFC 8588 §4, §5). Where only the latter is wrong `attest` is taken.
    func readShaken(_ text: Span<UInt8>, into claims: inout PASSporT) -> Bool {
        guard let attest = member(text, "attest"), entry(attest).kind == .string else { return false }
        var level = JSONStringBytes(entry(attest).string)
        guard let letter = level.next(text), level.next(text) == nil, let value = AttestationLevel(letter: letter)
        else {
            return false
        }
        claims.attest = value
        guard let origid = member(text, "origid"), entry(origid).kind == .string else { return false }
        var identifier = JSONStringBytes(entry(origid).string)
        while let byte = identifier.next(text) {
            guard claims.origid.append(byte) else { return false }
        }
        return !claims.origid.isEmpty
    }

    /// The canonical number of a claim. Some write it with `+` or separators, which do not count (RFC 8224 §8.3).
    private func telephoneNumber(_ text: Span<UInt8>, _ string: JSONString) -> TelephoneNumber? {
        if !string.isEscaped {
            let range = string.range
            // TelephoneNumber reads the percent escapes of URIs; a claim has none.
            guard range.count <= 64, text.find(UInt8(ascii: "%"), from: range.start, to: range.end) == range.end else {
                return nil
            }
            return TelephoneNumber(literal: text, range)
        }
        var written = InlineArray<64, UInt8>(repeating: 0)
        var count = 0
        var bytes = JSONStringBytes(string)
        while let byte = bytes.next(text) {
            guard count < 64, byte != UInt8(ascii: "%") else { return nil }
            written[count] = byte
            count &+= 1
        }
        return TelephoneNumber(literal: written.span, ByteRange(0, count))
    }

    // MARK: - RFC 8226 §8, RFC 9118 §4

    /// Whether the claims are what the certificate permits its holder to sign.
    func satisfies(_ constraints: ClaimConstraints, _ text: Span<UInt8>) -> Bool {
        for name in constraints.mustInclude where member(text, named: name) == nil { return false }
        for name in constraints.mustExclude where member(text, named: name) != nil { return false }
        for permitted in constraints.permittedValues {
            guard let member = member(text, named: permitted.claim) else { continue }
            guard isPermitted(entry(member), permitted.values, text) else { return false }
        }
        return true
    }

    /// A string is compared as what it means, anything else as it is written.
    private func isPermitted(_ member: Entry, _ values: [[UInt8]], _ text: Span<UInt8>) -> Bool {
        for value in values where member.string.equals(text, value) { return true }
        return false
    }
}
