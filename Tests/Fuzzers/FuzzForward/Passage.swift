// SPDX-License-Identifier: Apache-2.0
//
// What must hold between a request that came in and the one that went out.

import FuzzSupport
import Proxy
import SIP
import STIR

struct Passage {
    let original: MessageParts
    let forwarded: MessageParts
    let arrival: Arrival
    let outcome: Node.Outcome
    let verstat: Verstat?
    let options: Bench.Options

    init(original: MessageParts, arrival: Arrival, outcome: Node.Outcome, verstat: Verstat?, options: Bench.Options) {
        self.original = original
        self.arrival = arrival
        self.outcome = outcome
        self.verstat = verstat
        self.options = options
        forwarded = MessageParts(outcome.bytes)
    }

    private var report: String { shown(outcome.bytes) }
    /// A maddr of ours is taken off the Request-URI (RFC 3261 §16.4).
    var hasMaddr: Bool { String(decoding: original.startLine, as: UTF8.self).lowercased().contains("maddr") }
    private var isFromCarrier: Bool { arrival.peer != 1 }

    func checkAll() {
        check(original.fault == nil && !original.isResponse, "only requests without fault are forwarded")
        check(forwarded.fault == nil, "what is forwarded has the fault \(String(describing: forwarded.fault)): \(report)")
        check(forwarded.body == original.body, "the body stays as it is: \(report)")
        let isRouted = !original.rows(.route).isEmpty
        check(isRouted || hasMaddr || forwarded.startLine == original.startLine, "the start line stays: \(report)")
        check(forwarded.callID == original.callID && forwarded.cseqNumber == original.cseqNumber, "Call-ID and CSeq stay")
        check(forwarded.fromTag == original.fromTag && forwarded.toTag == original.toTag, "the tags stay: \(report)")
        checkHops()
        outcome.isScreened ? checkScreened() : checkRelayed()
    }

    private func checkHops() {
        let before = original.rows(.via), after = forwarded.rows(.via)
        check(after.count == before.count + 1, "one Via more: \(report)")
        check(after.dropFirst(2).map(\.whole) == before.dropFirst().map(\.whole), "the Vias below stay: \(report)")
        let routesBefore = original.rows(.recordRoute).map(\.whole), routes = forwarded.rows(.recordRoute).map(\.whole)
        check(Array(routes.suffix(routesBefore.count)) == routesBefore, "the Record-Routes below stay")
        let hops = original.maxForwards.map { $0 - 1 } ?? 70
        check(forwarded.maxForwards == hops, "Max-Forwards is \(hops): \(report)")
        check(forwarded.rows(.maxForwards).count == 1, "one Max-Forwards: \(report)")
    }

    /// Fields that a carrier's verdict may be taken out of.
    private static let marked: Set<FieldName> = [
        .from, .pAssertedIdentity, .pPreferredIdentity, .remotePartyID, .contact, .pAttestationIndicator, .pOriginationID,
    ]
    /// The same of fields that have no name of their own here.
    private static let markedNames = names("diversion", "history-info", "referred-by", "b", "additional-identity")
    /// Verdicts by other names, which go; and what a tag adds, which goes where rules do so.
    private static let verdictNames = names(
        "attestation-info", "p-attestation-info", "x-attestation-info", "origination-id", "priority-verstat")
    private static let tagNames = names("x-stirrup")

    private static func names(_ names: String...) -> Set<[UInt8]> { Set(names.map { Array($0.utf8) }) }

    private func others(_ parts: MessageParts, without changed: Set<FieldName>) -> [[UInt8]] {
        let names = Self.markedNames.union(Self.verdictNames).union(Self.tagNames)
        return parts.rows.filter { !changed.contains($0.name) && !names.contains($0.text) }.map(\.whole)
    }

    private func checkRelayed() {
        let changed: Set<FieldName> = [.via, .recordRoute, .maxForwards, .route]
        guard isFromCarrier else {
            return check(forwarded.rows(without: changed) == original.rows(without: changed), "nothing else changes: \(report)")
        }
        let left = changed.union(Self.marked)
        check(others(forwarded, without: left) == others(original, without: left), "nothing else changes: \(report)")
        check(identities(forwarded, .from) == identities(original, .from), "the same From: \(report)")
        for row in markedRows() { check(marks(row.value).isEmpty, "a request that was not judged has no mark: \(report)") }
    }

    /// The rows that a mark could be taken for a verdict in. Where there are quotes, what is in them is a display name, and
    /// finding their ends is what is under test.
    private func markedRows() -> [MessageParts.Row] {
        check(!forwarded.rows.contains { Self.verdictNames.contains($0.text) }, "a verdict by another name: \(report)")
        return forwarded.rows.filter { row in
            (Self.marked.contains(row.name) || Self.markedNames.contains(row.text)) && !row.value.contains(UInt8(ascii: "\""))
        }
    }

    private func checkScreened() {
        let changed = Self.marked.union([.via, .recordRoute, .maxForwards, .route, .identity, .date])
        check(others(forwarded, without: changed) == others(original, without: changed), "no other field changes: \(report)")
        for name in [FieldName.from, .pAssertedIdentity] {
            check(identities(forwarded, name) == identities(original, name), "the same \(name.lowercase): \(report)")
        }
        check(forwarded.rows(.contact).count == original.rows(.contact).count, "as many Contacts")
        if isFromCarrier { checkMarks() }
    }

    /// Whom the values of a field name: scheme, number and host of each.
    private func identities(_ parts: MessageParts, _ name: FieldName) -> [String] {
        guard let code = TelephoneNumber("1") else { return [] }
        var result: [String] = []
        for row in parts.rows(name) {
            let slot = Slot(row.value), datagram = slot.datagram, span = datagram.span
            var start = 0
            while let address = NameAddr(span, ByteRange(start, row.value.count)) {
                let number = address.uri.telephoneNumber(span, plan: TelephoneNumber.Plan(countryCode: code))
                result.append("\(address.uri.scheme) \(number?.description ?? "-") \(span.octets(address.uri.host))")
                start = Int(address.next)
                if start == 0 { break }
            }
            withExtendedLifetime(slot) {}
        }
        return result
    }

    // MARK: - Nothing that a carrier writes is taken for our verdict

    private func checkMarks() {
        let isPassed = verstat == .passed
        for name in [FieldName.pAttestationIndicator, .pOriginationID] {
            check(forwarded.rows(name).count <= (isPassed ? 1 : 0), "\(name.lowercase) without a verdict: \(report)")
        }
        if options.contains(.rules) {
            let count = forwarded.rows.count { $0.text == Array("x-stirrup".utf8) }
            check(count <= 1, "a tag's field is ours alone: \(report)")
        }
        let value =
            switch verstat {
            case .passed: "=tn-validation-passed"
            case .failed: "=tn-validation-failed"
            case .absent, .unavailable: "=no-tn-validation"
            case nil: "="
            }
        // A number that the signature is not about is marked so whatever the verdict on the caller is.
        for row in markedRows() {
            for mark in marks(row.value) where !mark.hasPrefix("=no-tn-validation") {
                check(mark.hasPrefix(value), "the mark \(mark) where the verdict is \(value): \(report)")
            }
        }
    }

    /// What follows the name in each `;verstat` of a value, percent escapes decoded and in lower case, without the white space
    /// that may stand in front of the name and around the equals sign.
    private func marks(_ value: [UInt8]) -> [String] {
        var text: [UInt8] = [], i = 0
        while i < value.count {
            if value[i] == UInt8(ascii: "%"), i + 2 < value.count, let high = hexValue(value[i + 1]),
                let low = hexValue(value[i + 2])
            {
                text.append(asciiLowercase(high << 4 | low))
                i += 3
            } else {
                if value[i] == UInt8(ascii: "=") { while text.last == 0x20 { text.removeLast() } }
                let isBlank = isWhiteSpace(value[i])
                if !isBlank || text.last != UInt8(ascii: ";") && text.last != UInt8(ascii: "=") {
                    text.append(isBlank ? 0x20 : asciiLowercase(value[i]))
                }
                i += 1
            }
        }
        let name = Array(";verstat".utf8), ends = Array("=;@>?,: ".utf8)
        var result: [String] = []
        for place in text.indices where text[place...].starts(with: name) {
            let rest = text[(place + name.count)...]
            if let next = rest.first, !ends.contains(next) { continue }
            result.append(String(decoding: rest.prefix(40), as: UTF8.self))
        }
        return result
    }
}
