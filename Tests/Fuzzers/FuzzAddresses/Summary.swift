// SPDX-License-Identifier: Apache-2.0

import FuzzSupport
import SIP

/// What was read of one value, with its places counted from the value's start, so that it can be compared wherever it stands.
struct Reading: Equatable {
    /// Start and length of each part; -1 where it is not there.
    private(set) var parts: [Int] = []
    /// What is no place.
    private(set) var facts: [Int] = []
    /// The start of the next value; nil if this is the last.
    private(set) var next: Int?
    private let origin: Int

    private init(from origin: Int, next: UInt16 = 0) {
        self.origin = origin
        self.next = next == 0 ? nil : Int(next) - origin
    }

    init(_ uri: SIPURI, _ bytes: Span<UInt8>) {
        self.init(from: uri.whole.start)
        add(uri, bytes)
    }

    init(_ via: Via, _ bytes: Span<UInt8>) {
        self.init(from: via.value.start, next: via.next)
        for part in [via.value, via.transport, via.host, via.sentBy, via.branch] { add(part) }
        for parameter in [via.received, via.rport] {
            add(parameter?.whole ?? .none)
            add(parameter?.value ?? .none)
        }
        facts.append(Int(via.port))
        add(via.responseDestination(bytes))
    }

    init(_ address: NameAddr, _ bytes: Span<UInt8>) {
        self.init(from: address.value.start, next: address.next)
        for part in [address.value, address.displayName, address.tag] { add(part) }
        facts += [address.isBracketed ? 1 : 0, address.hasTag ? 1 : 0]
        add(address.uri, bytes)
    }

    /// The same without what stands behind.
    var last: Reading {
        var copy = self
        copy.next = nil
        return copy
    }

    static func == (left: Reading, right: Reading) -> Bool {
        left.parts == right.parts && left.facts == right.facts && left.next == right.next
    }

    private mutating func add(_ range: ByteRange) {
        parts += range.isEmpty ? [-1, 0] : [range.start - origin, range.count]
    }

    private mutating func add(_ address: TransportAddress?) { facts.append(address?.hashValue ?? 0) }

    private mutating func add(_ uri: SIPURI, _ bytes: Span<UInt8>) {
        for part in [uri.whole, uri.user, uri.userinfo, uri.host, uri.parameters, uri.headers, uri.number(bytes)] { add(part) }
        for name: StaticString in ["t", "lr", "verstat"] { add(uri.parameter(bytes, name) ?? .none) }
        facts += [Int(uri.scheme.rawValue), Int(uri.port)]
        add(uri.address(bytes))
        for plan in plans { facts.append(uri.telephoneNumber(bytes, plan: plan)?.hashValue ?? 0) }
    }
}

/// Everything that a value reads as.
struct Summary: Equatable {
    var uri: Reading?
    var vias: [Reading] = []
    var addresses: [Reading] = []
    var address: TransportAddress?
    var decimal: UInt64?
    var numbers: [TelephoneNumber?] = []

    init(_ bytes: [UInt8], slack: UInt8 = 0) {
        let slot = Slot(bytes, slack: slack), datagram = slot.datagram, span = datagram.span
        let whole = ByteRange(0, bytes.count)
        uri = SIPURI(span, whole).map { Reading($0, span) }
        var start = 0
        while let via = Via(span, ByteRange(start, whole.end)) {
            vias.append(Reading(via, span))
            guard Int(via.next) > start else { break }
            start = Int(via.next)
        }
        start = 0
        while let address = NameAddr(span, ByteRange(start, whole.end)) {
            addresses.append(Reading(address, span))
            guard Int(address.next) > start else { break }
            start = Int(address.next)
        }
        address = TransportAddress(span, whole, port: 1)
        decimal = span.decimal(whole, limit: UInt64(UInt32.max))
        numbers = [TelephoneNumber(literal: span, whole)]
        for plan in plans { numbers.append(TelephoneNumber(canonicalizing: span, whole, plan: plan)) }
        withExtendedLifetime(slot) {}
    }
}

/// Numbering plans: North America's, one with a code of two digits, one of three.
let plans = ["1", "44", "358"].compactMap { TelephoneNumber($0).map { TelephoneNumber.Plan(countryCode: $0) } }
