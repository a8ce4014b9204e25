// SPDX-License-Identifier: Apache-2.0
//
// Putting another configuration in force while calls go on: everything is read and checked first; with any fault the old one
// stays. What the threads use changes in one step.

import Net
import Proxy
import SIP
import STIR
import StirrupConfiguration
import Synchronization

/// Why a configuration was not put in force.
struct ReloadRefusal: Error, CustomStringConvertible {
    let description: String
}

extension Server {
    /// Reads the configuration's file again and puts it in force. With any fault the old one stays, and the faults are logged.
    @discardableResult
    public func reload() -> Bool {
        do {
            try reloadOrExplain()
            return true
        } catch {
            operatorLog.error("the configuration was not reloaded, the old one stays in force:\n\(error)")
            return false
        }
    }

    /// As `reload`, and says what is wrong.
    func reloadOrExplain() throws(ReloadRefusal) {
        // Also with a faulty configuration: who rotates the log sends the same signal.
        callLog.reopen()
        let refusal = reloading.withLock { _ -> ReloadRefusal? in
            do {
                let known = state.withLock { ($0.configuration, $0.listFiles) }, lists = snapshot.policy.lists
                let path = configuration.path
                try adopt(
                    Self.inBackground {
                        try SnapshotBuilder.prepare(
                            ConfigurationFile.read(path: path),
                            known: KnownLists(configuration: known.0, files: known.1, lists: lists))
                    })
                return nil
            } catch {
                return ReloadRefusal(description: "\(error)")
            }
        }
        if let refusal { throw refusal }
    }

    /// Does work on a thread that gives way to calls, and waits for it.
    private static func inBackground<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) throws -> Value {
        let outcome = Outcome<Value>()
        let thread = try OSThread(name: "reload", isBackground: true) {
            let result = Result { try work() }
            outcome.result.withLock { $0 = result }
        }
        thread.join()
        guard let result = outcome.result.withLock({ $0 }) else { throw ReloadRefusal(description: "nothing was read") }
        return try result.get()
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    private func adopt(_ prepared: PreparedConfiguration) throws {
        let old = configuration, new = prepared.configuration
        guard old.listeners.map(\.address) == new.listeners.map(\.address) else {
            throw ReloadRefusal(description: "listeners change only with a restart")
        }
        var parts = prepared.parts
        try parts.setKeys(SecretFile.keys(at: new.secret?.path ?? SecretFile.defaultPath))
        parts.tableKey = snapshot.tableKey
        parts.drained = snapshot.drained
        parts.isDraining = snapshot.isDraining
        if old.callLog != new.callLog || old.admin != new.admin || old.workers != new.workers {
            operatorLog.warning("changes of log, admin and workers take effect with the next start")
        }
        parts.generation = state.withLock { state in
            state.configuration = new
            state.listFiles = prepared.listFiles
            state.reloads += 1
            state.generation += 1
            return state.generation
        }
        holdNanoseconds.value = Self.hold(new)
        trust.apply(prepared)
        names.apply(NameQuestion.all(of: new), waiting: NameFeed.patience)
        parts.setAddresses(of: new, names.resolved)
        if old.peers.map(\.name) != new.peers.map(\.name) { names.forgetLeaving() }
        parts.sources += names.leaving([], after: parts.sources, for: 0)
        let before = snapshot
        listChanges.withLock { changes in
            changes.move(to: new.stateFolder)
            parts.apply(changes, of: new)
            health.assign(to: &parts)
            let after = Snapshot(parts)
            snapshots.replace(AdoptedSnapshot(snapshot: after, labels: registry.labels(for: after)))
        }
        retire(before)
        tables.apply(limit: new.verification?.tables ?? 0)
        warn(before.signing?.credential, prepared)
        signingWatch.apply(prepared)
        listFeed.apply(new)
        operatorLog.info("configuration reloaded: \(prepared.summary.joined(separator: "; "))")
    }
}

extension Server {
    /// RFC 8224 §7.4: verifiers keep what they fetched, so that another key needs another URL.
    private func warn(_ before: SigningCredential?, _ prepared: PreparedConfiguration) {
        for line in prepared.warnings { operatorLog.warning("\(line)") }
        guard let before, let after = prepared.parts.signing?.credential, before.x5u == after.x5u,
            before.key.publicKey != after.key.publicKey
        else { return }
        let url = String(decoding: after.x5u, as: UTF8.self)
        operatorLog.warning("calls are signed with another key, but x5u is still \(url): who keeps the old one refuses them")
    }
}

// MARK: - Drain

/// Why nothing was drained.
struct DrainRefusal: Error, CustomStringConvertible {
    let description: String
}

extension Server {
    /// Takes new calls away from these targets, or with none of them from this node; or gives them back. Calls in progress
    /// and their retransmissions go on where they are. Returns what to tell the operator; throws where an address is
    /// nobody's.
    func drain(_ addresses: [TransportAddress], isUndone: Bool) throws(DrainRefusal) -> String {
        try reloading.withLock { _ -> Result<String, DrainRefusal> in
            let snapshot = self.snapshot
            for address in addresses where !snapshot.targets.contains(where: { $0.address == address }) {
                let known = snapshot.targets.map { "\($0.address)" }.joined(separator: ", ")
                return .failure(DrainRefusal(description: "\(address) is no target; there are \(known)"))
            }
            let others = snapshot.drained.filter { !addresses.contains($0) }
            let drained = isUndone ? others : others + addresses
            let isDraining = addresses.isEmpty ? !isUndone : snapshot.isDraining
            snapshots.update { $0.with(drained: drained, isDraining: isDraining) }
            let names = addresses.isEmpty ? "this node" : addresses.map { "\($0)" }.joined(separator: ", ")
            let text = isUndone ? "\(names): gets new calls again" : "\(names): gets no new calls"
            operatorLog.notice("drain: \(text)")
            return .success(text)
        }.get()
    }
}

extension Snapshot.Parts {
    /// The first key is the one to write with, the others are accepted.
    mutating func setKeys(_ keys: [HashKey]) throws {
        guard let first = keys.first else { throw ReloadRefusal(description: "there is no secret") }
        key = first
        acceptedKeys = Array(keys.dropFirst())
    }
}
