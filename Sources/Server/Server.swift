// SPDX-License-Identifier: Apache-2.0
//
// The running proxy as its operator sees it: started with a configuration, reloaded, stopped. Owns the sockets, the threads
// and what they share; everything that changes at run time goes through a snapshot.

import CSystemd
import Foundation
import Net
import Proxy
import SIP
import STIR
import StirrupConfiguration
import Synchronization

/// A running proxy.
public final class Server: Sendable {
    private struct State {
        var configuration: Configuration
        var generation: UInt64 = 1
        var isStopped = false
    }

    private let state: Mutex<State>
    private let sockets: [UDPSocket]
    private let snapshots: SnapshotBox
    private let threads: Mutex<[OSThread]>
    private let stopping = StopFlag()
    private let relayWakeup: Wakeup
    private let inlets: [ScreenerInlet]
    private let callLog: CallLog
    private let callLogThread: OSThread?
    private let holdNanoseconds: Atomic64
    private let health = HealthBoard()
    private let prober: HealthProber
    let counters: [Counters]
    let registry = LabelRegistry()
    let fetcher: CertificateFetcher
    /// Unix seconds of the start.
    let startedAt = FileContents.now

    /// Opens the sockets and starts the threads. Throws a `SystemError` that names the address where a port is in use.
    public init(_ prepared: PreparedConfiguration) throws {
        let configuration = prepared.configuration
        sockets = try configuration.listeners.map { try UDPSocket(binding: $0.address) }
        var parts = prepared.parts
        try parts.setKeys(SecretFile.keys(at: configuration.secret?.path ?? SecretFile.defaultPath))
        parts.tableKey = HashKey(.random(in: 0 ... .max), .random(in: 0 ... .max))
        let snapshot = Snapshot(parts)
        snapshots = SnapshotBox(AdoptedSnapshot(snapshot: snapshot, labels: registry.labels(for: snapshot)))
        state = Mutex(State(configuration: configuration))
        let workers = configuration.workers ?? ProcessInfo.processInfo.activeProcessorCount
        inlets = try (0..<max(1, workers)).map { _ in try ScreenerInlet() }
        counters = (0...inlets.count).map { _ in Counters() }
        callLog = CallLog(configuration.callLog)
        callLogThread = try callLog.start()
        holdNanoseconds = Atomic64(Self.hold(configuration))
        relayWakeup = try Wakeup()
        fetcher = CertificateFetcher { FileContents.now }
        prober = HealthProber(sockets: sockets, snapshots: snapshots, health: health, registry: registry)
        threads = Mutex([])
        let mailboxes = inlets.map { CertificateMailbox(wakeup: $0.wakeup) }
        fetcher.deliver(to: mailboxes)
        fetcher.apply(Self.fetcherSettings(prepared))
        try startThreads(mailboxes)
        prober.apply(configuration)
    }

    private func startThreads(_ mailboxes: [CertificateMailbox]) throws {
        let replays = ReplayTable()
        let node = Array(ProcessInfo.processInfo.hostName.utf8)
        var started: [OSThread] = []
        for (number, inlet) in inlets.enumerated() {
            let context = ScreeningContext(
                inlet: inlet, sockets: sockets, snapshots: snapshots, counters: counters[number + 1], callLog: callLog,
                certificates: mailboxes[number], fetcher: fetcher, replays: replays, node: node,
                holdNanoseconds: holdNanoseconds, isStopping: stopping)
            started.append(try OSThread(name: "screener-\(number)") { ScreeningThread.run(context) })
        }
        let relay = RelayContext(
            sockets: sockets, screeners: inlets, snapshots: snapshots, counters: counters[0], health: health,
            wakeup: relayWakeup, isStopping: stopping)
        started.append(try OSThread(name: "relay") { RelayThread.run(relay) })
        threads.withLock { $0 = started }
    }

    private static func hold(_ configuration: Configuration) -> Int64 {
        Int64(configuration.verification?.certificates.holdMilliseconds ?? 2000) * 1_000_000
    }

    private static func fetcherSettings(_ prepared: PreparedConfiguration) -> FetcherSettings {
        var settings = prepared.fetcher
        if let path = prepared.configuration.verification?.certificates.cache?.path {
            do {
                settings.cache = try CertificateDiskCache(directory: path)
            } catch {
                operatorLog.warning("certificates are not kept on disk: \(path): \(error.localizedDescription)")
            }
        }
        return settings
    }

    /// The configuration in force.
    var configuration: Configuration { state.withLock { $0.configuration } }
    /// The snapshot in force.
    var snapshot: Snapshot { snapshots.value.snapshot }

    /// Where the listeners are bound, by name.
    public var addresses: [String: TransportAddress] {
        let listeners = configuration.listeners
        return Dictionary(uniqueKeysWithValues: zip(listeners.map(\.name), sockets.map(\.address)))
    }

    /// What the kernel dropped, by listener.
    var receiveDrops: [(name: String, drops: UInt64)] {
        zip(configuration.listeners.map(\.name), sockets).map { ($0, $1.receiveDrops) }
    }

    // MARK: - Reload

    /// Reads the configuration's file again and puts it in force. With any fault the old one stays, and the faults are logged.
    @discardableResult
    public func reload() -> Bool {
        let old = configuration
        do {
            let prepared = try SnapshotBuilder.prepare(try ConfigurationFile.read(path: old.path))
            return adopt(prepared)
        } catch {
            operatorLog.error("the configuration was not reloaded, the old one stays in force:\n\(error)")
            return false
        }
    }

    private func adopt(_ prepared: PreparedConfiguration) -> Bool {
        let old = configuration, new = prepared.configuration
        guard old.listeners.map(\.address) == new.listeners.map(\.address) else {
            operatorLog.error("the configuration was not reloaded: listeners change only with a restart")
            return false
        }
        if old.callLog != new.callLog || old.admin != new.admin || old.workers != new.workers {
            operatorLog.warning("changes of log, admin and workers take effect with the next start")
        }
        callLog.reopen()
        var parts = prepared.parts
        do {
            try parts.setKeys(SecretFile.keys(at: new.secret?.path ?? SecretFile.defaultPath))
        } catch {
            operatorLog.error("the configuration was not reloaded, the old one stays in force: \(error)")
            return false
        }
        parts.tableKey = snapshot.tableKey
        parts.generation = state.withLock { state in
            state.configuration = new
            state.generation += 1
            return state.generation
        }
        holdNanoseconds.value = Self.hold(new)
        fetcher.apply(Self.fetcherSettings(prepared))
        let snapshot = Snapshot(parts)
        snapshots.replace(AdoptedSnapshot(snapshot: snapshot, labels: registry.labels(for: snapshot)))
        prober.apply(new)
        operatorLog.info("configuration reloaded: \(prepared.summary.joined(separator: "; "))")
        return true
    }

    // MARK: - Stop

    /// Decides what was received, closes the call log and ends the threads. Safe to call again.
    public func stop() {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        prober.stop()
        let running = threads.withLock { $0 }
        stopping.set()
        relayWakeup.ring()
        running.last?.join()
        for inlet in inlets { inlet.wakeup.ring() }
        for thread in running.dropLast() { thread.join() }
        callLog.close()
        callLogThread?.join()
    }

    /// Tells the service manager that the proxy is ready, or that it stops.
    public static func notifyServiceManager(_ state: String) { sd_notify(0, state) }
}

extension Snapshot.Parts {
    /// The first key is the one to write with, the others are accepted.
    mutating func setKeys(_ keys: [HashKey]) {
        key = keys[0]
        acceptedKeys = Array(keys.dropFirst())
    }
}
