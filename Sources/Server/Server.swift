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
    struct State {
        var configuration: Configuration
        /// The states of the list files that are in force.
        var listFiles: [FileStamp]
        /// How often another configuration was put in force.
        var reloads = 0
        var generation: UInt64 = 1
        var isStopped = false
    }

    let state: Mutex<State>
    /// Held while a configuration is put in force.
    let reloading = Mutex(())
    private let sockets: [UDPSocket]
    let snapshots: SnapshotBox
    private let threads: Mutex<[OSThread]>
    private let stopping = StopFlag()
    /// Of the screeners, which go on until the relay has handed over everything.
    private let screeningStopping = StopFlag()
    private let relayWakeup: Wakeup
    private let inlets: [ScreenerInlet]
    let callLog: CallLog
    private let callLogThread: OSThread?
    let holdNanoseconds: Atomic64
    let health = HealthBoard()
    private let strayContacts = StrayContacts()
    let prober: HealthProber
    let signingWatch = SigningWatch()
    private let listWatch = Mutex<ListWatch?>(nil)
    /// Locked while lists are put in force.
    let listChanges: Mutex<ListChanges>
    let listFeed = ListFeed()
    let names = NameFeed()
    let counters: [Counters]
    let registry = LabelRegistry()
    let fetcher: CertificateFetcher
    let tables: VerificationTables
    let trust: TrustInForce
    /// Unix seconds of the start.
    let startedAt = FileContents.now

    /// Opens the sockets and starts the threads. Throws a `SystemError` that names the address where a port is in use, or where
    /// the address is not there after so many seconds: at boot the network may come up later.
    public init(_ prepared: PreparedConfiguration, waitingForAddresses seconds: Double = 0) throws {
        let configuration = prepared.configuration
        let deadline = Clock.monotonicNanoseconds() + Int64(seconds * 1e9)
        sockets = try Self.bind(configuration.listeners.map(\.address), until: deadline)
        var parts = prepared.parts
        try parts.setKeys(SecretFile.keys(at: configuration.secret?.path ?? SecretFile.defaultPath))
        parts.tableKey = HashKey(.random(in: 0 ... .max), .random(in: 0 ... .max))
        let changes = ListChanges(folder: configuration.stateFolder)
        listChanges = Mutex(changes)
        parts.apply(changes, of: configuration)
        names.apply(NameQuestion.all(of: configuration), waiting: NameFeed.patience)
        parts.setAddresses(of: configuration, names.resolved)
        health.assign(to: &parts)
        let snapshot = Snapshot(parts)
        snapshots = SnapshotBox(AdoptedSnapshot(snapshot: snapshot, labels: registry.labels(for: snapshot)))
        state = Mutex(State(configuration: configuration, listFiles: prepared.listFiles))
        let workers = configuration.workers ?? OSThread.usableCores
        // With one worker the relay screens itself.
        inlets = try (0..<(workers > 1 ? workers : 0)).map { _ in try ScreenerInlet() }
        counters = (0...max(1, inlets.count)).map { _ in Counters() }
        callLog = CallLog(configuration.callLog)
        callLogThread = try callLog.start()
        holdNanoseconds = Atomic64(Self.hold(configuration))
        relayWakeup = try Wakeup()
        fetcher = CertificateFetcher()
        trust = TrustInForce(fetcher)
        prober = HealthProber(sockets: sockets, snapshots: snapshots)
        threads = Mutex([])
        let mailboxes = (inlets.isEmpty ? [relayWakeup] : inlets.map(\.wakeup)).map(CertificateMailbox.init(wakeup:))
        tables = try VerificationTables(limit: configuration.verification?.tables ?? 0, mailboxes: mailboxes)
        fetcher.deliver(to: mailboxes)
        trust.apply(prepared)
        fetcher.keepFresh()
        try startThreads(mailboxes)
        try prober.start()
        try tables.start()
        signingWatch.apply(prepared)
        listFeed.apply(configuration)
        let watch = try ListWatch(self)
        listWatch.withLock { $0 = watch }
        try names.start { [weak self] in self?.adoptNames() }
        Memory.giveBack()
    }

    private func startThreads(_ mailboxes: [CertificateMailbox]) throws {
        let replays = ReplayTable(), rates = RateTable()
        let node = Array(ProcessInfo.processInfo.hostName.utf8)
        let contexts = mailboxes.indices.map { number in
            ScreeningContext(
                sockets: sockets, snapshots: snapshots, counters: counters[number + 1], callLog: callLog,
                certificates: mailboxes[number], fetcher: fetcher, tables: tables, number: number, replays: replays,
                rates: rates, node: node, holdNanoseconds: holdNanoseconds, strayContacts: strayContacts,
                isStopping: screeningStopping)
        }
        var started: [OSThread] = []
        for (number, inlet) in inlets.enumerated() {
            let context = contexts[number]
            started.append(try OSThread(name: "screener-\(number)") { ScreeningThread.run(context, inlet: inlet) })
        }
        let relay = RelayContext(
            sockets: sockets, screeners: inlets, screening: inlets.isEmpty ? contexts[0] : nil, snapshots: snapshots,
            counters: counters[0], callLog: contexts[0].callLog, node: contexts[0].node,
            strayContacts: strayContacts, wakeup: relayWakeup, isStopping: stopping)
        started.append(try OSThread(name: "relay") { RelayThread.run(relay) })
        threads.withLock { $0 = started }
    }

    /// Binds the listeners, those on all addresses first: one on a single address may stand beside them at the same port.
    private static func bind(_ addresses: [TransportAddress], until deadline: Int64) throws -> [UDPSocket] {
        let wildcards = try addresses.filter(\.isUnspecified).map { try UDPSocket(binding: $0) }
        return try addresses.map { address in
            let beside = wildcards.first { $0.address.port == address.port && $0.isIPv4 == address.isIPv4 }
            if let beside, address.isUnspecified { return beside }
            return try open(address, beside: beside, until: deadline)
        }
    }

    private static func open(_ address: TransportAddress, beside: UDPSocket?, until deadline: Int64) throws -> UDPSocket {
        var isTold = false
        while true {
            do throws(SystemError) {
                return try UDPSocket(binding: address, beside: beside)
            } catch {
                guard error.code == EADDRNOTAVAIL, Clock.monotonicNanoseconds() < deadline else { throw error }
                if !isTold { operatorLog.warning("\(address) is no address of this host yet; waiting for it") }
                isTold = true
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
    }

    static func hold(_ configuration: Configuration) -> Int64 {
        Int64(configuration.verification?.certificates.holdMilliseconds ?? 2000) * 1_000_000
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

    /// Lets threads that wait for messages adopt the snapshot in force.
    func wakeThreads() {
        relayWakeup.ring()
        for inlet in inlets { inlet.wakeup.ring() }
    }

    // MARK: - Stop

    /// Decides what was received, which may take as long as a call may wait for its certificate; closes the call log and ends the
    /// threads. Safe to call again.
    public func stop() {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        prober.stop()
        tables.stop()
        signingWatch.stop()
        trust.stop()
        listFeed.stop()
        names.stop()
        listWatch.withLock { $0 }?.stop()
        let running = threads.withLock { $0 }
        stopping.set()
        relayWakeup.ring()
        running.last?.join()
        screeningStopping.set()
        for inlet in inlets { inlet.wakeup.ring() }
        for thread in running.dropLast() { thread.join() }
        callLog.close()
        callLogThread?.join()
    }

    /// Tells the service manager that the proxy is ready, or that it stops.
    public static func notifyServiceManager(_ state: String) { sd_notify(0, state) }
}
