// SPDX-License-Identifier: Apache-2.0
//
// A proxy on the bench: two listeners, a carrier and a PBX with documentation addresses, and buffers as a receive batch
// has them.

import Foundation
import Policy
import SIP
import STIR

@testable import Proxy

enum Bench {
    static let outside = address("192.0.2.10:5060"), inside = address("10.0.0.1:5060")
    static let carrier = address("198.51.100.5:5060"), pbx = address("10.0.0.10:5060"), pbx2 = address("10.0.0.11:5060")
    static let stranger = address("203.0.113.66:5060")
    static let fromCarrier = Arrival(listener: 0, source: carrier, peer: 0)
    static let fromPBX = Arrival(listener: 1, source: pbx, peer: 1)

    static func address(_ text: String) -> TransportAddress { TransportAddress(text) ?? .none }

    /// A snapshot; `change` may alter its parts.
    static func snapshot(_ change: (inout Snapshot.Parts) -> Void = { _ in }) -> Snapshot {
        var parts = Snapshot.Parts()
        parts.key = HashKey(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)
        parts.listeners = [
            Listener(name: "outside", address: outside, host: Array("192.0.2.10".utf8), port: 5060),
            Listener(name: "inside", address: inside, host: Array("10.0.0.1".utf8), port: 5060),
        ]
        parts.targets = [Target(address: carrier, peer: 0), Target(address: pbx, peer: 1)]
        parts.peers = [
            Peer(name: "carrier-a", role: .carrier, listener: 0, targets: [0], verstatPlace: .off),
            Peer(name: "pbx", role: .pbx, listener: 1, targets: [1], verstatPlace: .user),
        ]
        parts.sources = [
            PeerTable.Source(network: Network(address("198.51.100.0"), length: 124), port: 0, listener: 0, peer: 0),
            PeerTable.Source(network: Network(address("10.0.0.0"), length: 120), port: 0, listener: 1, peer: 1),
        ]
        change(&parts)
        return Snapshot(parts)
    }
}

extension Snapshot {
    /// For each target whether it is down.
    var isDown: [Bool] { health.map { $0.isDown(at: 0) } }

    /// The same with these targets down, the others up.
    func with(isDown: [Bool]) -> Snapshot { with(health: isDown.map { TargetHealth(isDown: $0) }) }
}

/// Memory for one datagram with headroom and slack.
final class Slot {
    private let base: UnsafeMutablePointer<UInt8>
    private static let headroom = 4096
    private static let capacity = headroom + 65536 + readSlack

    init() {
        base = .allocate(capacity: Self.capacity)
        base.initialize(repeating: 0, count: Self.capacity)
    }

    deinit { base.deallocate() }

    /// The datagram with these bytes.
    func datagram(_ bytes: [UInt8]) -> Datagram {
        bytes.withUnsafeBufferPointer { source in
            if let first = source.baseAddress { (base + Self.headroom).update(from: first, count: source.count) }
        }
        return unsafe Datagram(base: base, capacity: Self.capacity, start: Self.headroom, count: bytes.count)
    }
}

extension Datagram {
    var text: String {
        let bytes = span
        return String(decoding: (0..<count).map { bytes[$0] }, as: UTF8.self)
    }
}

/// Lines become a message: CR LF at their ends, an empty line and the body behind them.
func message(_ lines: String, body: String = "") -> [UInt8] {
    let head = lines.split(separator: "\n", omittingEmptySubsequences: true).map { $0.trimmingPrefix(" ") }
    return Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
}

/// What came of a datagram, and the bytes that go out: of the datagram where it is forwarded, of the answer where one is made.
struct Outcome {
    let disposition: Disposition
    let bytes: [UInt8]

    init(_ disposition: Disposition, _ datagram: Datagram, answer: borrowing ByteWriter) {
        self.disposition = disposition
        switch disposition {
        case .forward: bytes = datagram.octets
        case .answer: bytes = answer.octets
        case .screen, .hold, .probeAnswered, .drop: bytes = []
        }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [String] { text.components(separatedBy: "\r\n") }
    var isForwarded: Bool { destination != nil && status == nil }

    var destination: TransportAddress? {
        switch disposition {
        case .forward(let address, _), .answer(_, let address, _): address
        case .screen, .hold, .probeAnswered, .drop: nil
        }
    }

    var status: UInt16? { if case .answer(let status, _, _) = disposition { status } else { nil } }

    /// The first line of that header field, without the name.
    func value(_ name: String) -> String? { values(name).first }

    /// The values of that header field, one for each row.
    func values(_ name: String) -> [String] {
        lines.filter { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }
}

extension Datagram {
    var octets: [UInt8] {
        let bytes = span
        return (0..<count).map { bytes[$0] }
    }
}

extension ByteWriter {
    var octets: [UInt8] {
        let bytes = written
        return bytes.indices.map { bytes[$0] }
    }
}

/// The proxy of a relay thread, fed with messages.
final class Relay {
    private var proxy = StatelessProxy()
    private let slot = Slot()

    var pressure: Pressure {
        get { proxy.pressure }
        set { proxy.pressure = newValue }
    }
    var now: Int64 {
        get { proxy.now }
        set { proxy.now = newValue }
    }
    var unixSeconds: Int64 {
        get { proxy.unixSeconds }
        set { proxy.unixSeconds = newValue }
    }
    var shedWork: ShedWork? { proxy.shedWork }
    var strayContact: StrayContact? { proxy.strayContact }

    init() { proxy.unixSeconds = CallLab.now }

    func process(_ bytes: [UInt8], from arrival: Arrival, _ snapshot: Snapshot = Bench.snapshot()) -> Outcome {
        var datagram = slot.datagram(bytes)
        let disposition = proxy.process(&datagram, arrival: arrival, snapshot: snapshot)
        return Outcome(disposition, datagram, answer: proxy.answer)
    }
}

/// A message taken apart by the proxy's own reader; for tests that look at one step.
func withIndex<Result>(_ bytes: [UInt8], _ body: (borrowing MessageIndex, Span<UInt8>) -> Result) -> Result? {
    var index = MessageIndex()
    let slot = Slot()
    let datagram = slot.datagram(bytes)
    guard index.index(datagram.span, count: datagram.count) == nil else { return nil }
    defer { withExtendedLifetime(slot) {} }
    return body(index, datagram.span)
}

/// A generator of the same numbers in every run (SplitMix64).
struct FixedRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
