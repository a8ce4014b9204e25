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

    private static let hopFields: Set<FieldName> = [.via, .recordRoute, .maxForwards, .route]
    private static let identityFields: [FieldName] = [.from, .pAssertedIdentity, .pPreferredIdentity, .remotePartyID, .contact]

    private func checkRelayed() {
        guard isFromCarrier else {
            return check(
                forwarded.rows(without: Self.hopFields) == original.rows(without: Self.hopFields),
                "nothing else changes: \(report)")
        }
        let markFields = Self.hopFields.union(Self.identityFields).union([.pAttestationIndicator, .pOriginationID])
        checkOthers(markFields)
        check(
            forwarded.rows(.pAttestationIndicator).isEmpty && forwarded.rows(.pOriginationID).isEmpty, "no indicator: \(report)"
        )
        for name in Self.identityFields {
            for row in forwarded.rows(name) where !row.value.contains(UInt8(ascii: "\"")) {
                check(marks(row.value).isEmpty, "no mark within a dialog: \(report)")
            }
        }
    }

    private func checkOthers(_ changed: Set<FieldName>) {
        let mark = Array("x-stirrup".utf8)
        func others(_ parts: MessageParts) -> [[UInt8]] {
            parts.rows.filter { !changed.contains($0.name) && $0.text != mark }.map(\.whole)
        }
        check(others(forwarded) == others(original), "no other field changes: \(report)")
    }

    private func checkScreened() {
        checkOthers(
            Self.hopFields.union(Self.identityFields).union([.pAttestationIndicator, .pOriginationID, .identity, .date]))
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
        for name in Self.identityFields {
            // Where there are quotes, what is in them is a display name, and finding their ends is what is under test.
            for row in forwarded.rows(name) where !row.value.contains(UInt8(ascii: "\"")) {
                // A number that the signature is not about is marked so whatever the verdict on the caller is.
                for mark in marks(row.value) where !mark.hasPrefix("=no-tn-validation") {
                    check(mark.hasPrefix(value), "the mark \(mark) where the verdict is \(value): \(report)")
                }
            }
        }
    }

    /// What follows the name in each `;verstat` of a value, percent escapes decoded and in lower case.
    private func marks(_ value: [UInt8]) -> [String] {
        var text: [UInt8] = [], i = 0
        while i < value.count {
            if value[i] == UInt8(ascii: "%"), i + 2 < value.count, let high = hexValue(value[i + 1]),
                let low = hexValue(value[i + 2])
            {
                text.append(asciiLowercase(high << 4 | low))
                i += 3
            } else {
                if !isWhiteSpace(value[i]) { text.append(asciiLowercase(value[i])) }
                i += 1
            }
        }
        let name = Array(";verstat".utf8), ends = Array("=;@>?,:".utf8)
        var result: [String] = []
        for place in text.indices where text[place...].starts(with: name) {
            let rest = text[(place + name.count)...]
            if let next = rest.first, !ends.contains(next) { continue }
            result.append(String(decoding: rest.prefix(40), as: UTF8.self))
        }
        return result
    }
}
