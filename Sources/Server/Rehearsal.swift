// SPDX-License-Identifier: Apache-2.0
//
// The proxy without sockets: what is handed in goes through `StatelessProxy` and `Screener` as on a running one, with the
// time and the source that it is given, and nothing is sent. For `stirrup explain` and `stirrup replay`.

import Credentials
import Foundation
import Policy
public import Proxy
public import SIP
public import STIR

/// What became of one message.
public struct Passage: Sendable {
    /// The listener and peer that it came through; nil: no peer sends from there.
    public let arrival: Arrival?
    /// What became of it.
    public let disposition: Disposition
    /// Whether it was one that a screener decides.
    public let isScreened: Bool
    /// The bytes that would be sent: the message as it goes on, or the answer; empty where it goes nowhere.
    public let sent: [UInt8]
    /// The decision, where the message is a new call; nil for anything else, a retransmission among it.
    public let outcome: CallOutcome?
    /// What verification says about it.
    public let verification: CallVerification
    /// What became of our signature; nil where there is none to give.
    public let signing: SigningOutcome?
    /// The line for the call log, one JSON object; nil where there is none to write.
    public let record: String?
}

/// A proxy that receives what it is given and sends nothing.
public actor Rehearsal {
    /// The configuration as it would be in force.
    public nonisolated let snapshot: Snapshot
    /// Whether the secret of the configuration could be read; else a random one stands for it, and nothing that a running
    /// proxy made is recognised.
    public nonisolated let hasSecret: Bool
    /// What was to be had for each certificate that was asked for.
    public private(set) var certificates: [[UInt8]: CertificateRetrieval] = [:]

    private let verification: PreparedVerification?
    private let mayDownload: Bool
    private var relay = StatelessProxy()
    private var screener: Screener
    private let buffer = DatagramBuffer()

    /// A proxy with this configuration and everything that it names. Without `mayDownload` only the certificates are there
    /// that a running proxy keeps on disk.
    public init(_ prepared: PreparedConfiguration, verification: PreparedVerification?, mayDownload: Bool = true) throws {
        let configuration = prepared.configuration
        var parts = prepared.parts
        let keys = SecretFile.existingKeys(at: configuration.secret?.path ?? SecretFile.defaultPath)
        hasSecret = keys != nil
        try parts.setKeys(keys ?? [Self.randomKey()])
        parts.tableKey = Self.randomKey()
        // What was added and removed by hand counts as much as the files.
        parts.apply(ListChanges(folder: configuration.stateFolder), of: configuration)
        if mayDownload { parts.setAddresses(of: configuration, NameFeed.resolved(NameQuestion.all(of: configuration))) }
        snapshot = Snapshot(parts)
        self.verification = verification
        self.mayDownload = mayDownload
        screener = Screener(
            cache: CredentialCache(key: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))),
            verifier: try VerificationService(), signer: try AuthenticationService(), replays: ReplayTable(),
            rates: RateTable(), node: Array(ProcessInfo.processInfo.hostName.utf8))
    }

    private static func randomKey() -> HashKey { HashKey(.random(in: 0 ... .max), .random(in: 0 ... .max)) }

    /// The listener that a message from there comes through: the one that it was sent to, where that is known, else the first
    /// one behind which a peer sends from there; nil: no peer does.
    public nonisolated func listener(from source: TransportAddress, to destination: TransportAddress? = nil) -> Int? {
        if let destination {
            let named = snapshot.listeners.firstIndex { $0.address == destination || $0.advertised == destination }
            if let named { return named }
        }
        return snapshot.listeners.indices.first { snapshot.peer(of: source, listener: $0) != nil }
    }

    /// Takes a message that arrives at `time`, Unix milliseconds. More than a datagram holds is cut off as the kernel would.
    public func receive(
        _ message: [UInt8], from source: TransportAddress, listener: Int, at time: Int64
    ) async -> Passage {
        guard let peer = snapshot.peer(of: source, listener: listener) else {
            return passage(.drop(.unknownSource), nil, isScreened: false)
        }
        let arrival = Arrival(listener: listener, source: source, peer: peer)
        var datagram = buffer.datagram(message)
        relay.now = time &* 1_000_000
        relay.unixSeconds = time / 1000
        screener.proxy.now = relay.now
        let disposition = relay.process(&datagram, arrival: arrival, snapshot: snapshot)
        guard case .screen = disposition else {
            let sent = bytes(disposition, datagram, answer: Self.bytes(relay.answer))
            return passage(
                disposition, arrival, isScreened: false, sent: sent, record: refusalRecord(relay, datagram, arrival, at: time))
        }
        return await screen(&datagram, arrival, at: time)
    }

    private func screen(_ datagram: inout Datagram, _ arrival: Arrival, at time: Int64) async -> Passage {
        var occasion = Occasion(now: time, random: Self.randomBits(), mayHold: true)
        var disposition = screener.process(
            &datagram, arrival: arrival, current: snapshot, previous: nil, occasion: occasion)
        // A chain of diversions may ask for one certificate after the other.
        for round in 1...IdentityFields.maximumCount where disposition == .hold {
            for url in missing(datagram) { await provide(url, at: time / 1000) }
            occasion.isResumed = true
            occasion.mayHold = round < IdentityFields.maximumCount
            disposition = screener.process(
                &datagram, arrival: arrival, current: snapshot, previous: nil, occasion: occasion)
        }
        let isRecorded = screener.outcome != nil && screener.record.count > 0
        return passage(
            disposition, arrival, isScreened: true,
            sent: bytes(disposition, datagram, answer: Self.bytes(screener.proxy.answer)),
            record: isRecorded
                ? String(decoding: Self.bytes(screener.record), as: UTF8.self) + "}"
                : refusalRecord(screener.proxy, datagram, arrival, at: time))
    }

    /// The line of the call log where `proxy` refused the request.
    private func refusalRecord(
        _ proxy: borrowing StatelessProxy, _ datagram: Datagram, _ arrival: Arrival, at time: Int64
    ) -> String? {
        guard proxy.refusal != nil else { return nil }
        var record = ByteWriter(capacity: 32768)
        proxy.logRefusal(
            of: datagram.span, arrival: arrival, snapshot: snapshot, node: screener.node, now: time, into: &record)
        return String(decoding: Self.bytes(record), as: UTF8.self)
    }

    private func passage(
        _ disposition: Disposition, _ arrival: Arrival?, isScreened: Bool, sent: [UInt8] = [], record: String? = nil
    ) -> Passage {
        Passage(
            arrival: arrival, disposition: disposition, isScreened: isScreened, sent: sent,
            outcome: isScreened ? screener.outcome : nil,
            verification: isScreened ? screener.verification : CallVerification(),
            signing: isScreened ? screener.signing : nil, record: record)
    }

    // MARK: - Certificates

    private func missing(_ datagram: Datagram) -> [[UInt8]] {
        let span = datagram.span
        return (0..<screener.verification.missingCount).map { number in
            let range = screener.verification.missing(number)
            return (range.start..<min(range.end, datagram.count)).map { span[$0] }
        }
    }

    /// What the running proxy keeps, else what the URL delivers.
    private func provide(_ url: [UInt8], at time: Int64) async {
        var retrieval = CertificateRetrieval.failed(.notTried)
        if let verification {
            if let copy = verification.keptCopy(of: url) {
                retrieval = verification.judge(copy, at: time)
            } else if mayDownload {
                retrieval = await verification.retrieve(url, at: time)
            }
        }
        certificates[url] = retrieval
        screener.cache.insert(url: url, retrieval.lookup, expires: .max)
    }

    // MARK: - Bytes

    private func bytes(_ disposition: Disposition, _ datagram: Datagram, answer: @autoclosure () -> [UInt8]) -> [UInt8] {
        switch disposition {
        case .forward:
            let span = datagram.span
            return (0..<datagram.count).map { span[$0] }
        case .answer: return answer()
        case .screen, .hold, .probeAnswered, .drop: return []
        }
    }

    private static func bytes(_ writer: borrowing ByteWriter) -> [UInt8] {
        let span = writer.span
        return (0..<writer.count).map { span[$0] }
    }

    private static func randomBits() -> InlineArray<16, UInt8> {
        var bits = InlineArray<16, UInt8>(repeating: 0)
        for i in 0..<16 { bits[i] = .random(in: 0 ... .max) }
        return bits
    }
}
