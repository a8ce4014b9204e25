// SPDX-License-Identifier: Apache-2.0
//
// What the names of a configuration come to, put in force and shown.

import Foundation
import Proxy
import SIP
import StirrupConfiguration

extension Server {
    /// Puts in force what names came to. Calls in progress go on where they are.
    func adoptNames() {
        let before = snapshot
        let isChanged = reloading.withLock { _ in
            var parts = Snapshot.Parts()
            let configuration = self.configuration, snapshot = self.snapshot
            (parts.listeners, parts.peers) = (snapshot.listeners, snapshot.peers)
            parts.setAddresses(of: configuration, names.resolved)
            parts.sources += names.leaving(
                snapshot.sources, after: parts.sources, for: configuration.policy.longestCallSeconds)
            for (_, line) in parts.ownAddresses(among: configuration, names.resolved) { names.refuse(line) }
            guard parts.targets != snapshot.targets || parts.sources != snapshot.sources else { return false }
            let generation = state.withLock { state in
                state.generation += 1
                return state.generation
            }
            health.assign(to: &parts)
            let (targets, sources, states) = (parts.targets, parts.sources, parts.health)
            snapshots.update { $0.with(targets: targets, sources: sources, health: states, generation: generation) }
            return true
        }
        if isChanged { retire(before) }
    }

    /// Writes the metrics of names.
    func writeNames(_ text: inout PrometheusText) {
        let names = names.status
        guard !names.isEmpty else { return }
        text.family("stirrup_name_addresses", "gauge", "Addresses that a name among targets and sources stands for.")
        for name in names {
            text.sample("stirrup_name_addresses", [("name", name.name)], UInt64(name.resolved?.addresses.count ?? 0))
        }
        text.family("stirrup_name_ttl_seconds", "gauge", "In how many seconds a name is asked again, by its addresses.")
        for name in names {
            for address in name.resolved?.addresses ?? [] {
                let labels = [("name", name.name), ("address", address.ipDescription)]
                text.sample("stirrup_name_ttl_seconds", labels, UInt64(name.seconds))
            }
        }
        text.family("stirrup_name_failing", "gauge", "Whether a name did not resolve, or not wholly, the last time: 1 or 0.")
        for name in names { text.sample("stirrup_name_failing", [("name", name.name)], name.failure == nil ? 0 : 1) }
        text.family("stirrup_name_failures_total", "counter", "How often a name did not resolve, or not wholly.")
        for name in names { text.sample("stirrup_name_failures_total", [("name", name.name)], name.failures) }
    }

    /// The names for `status`, a JSON array.
    var namesJSON: String {
        let names = names.status.map { name in
            let addresses = (name.resolved?.addresses ?? []).map { "\"\($0.ipDescription)\"" }.joined(separator: ",")
            let failure = name.failure.map { "\"\($0)\"" } ?? "null"
            return "{\"name\":\"\(name.name)\",\"addresses\":[\(addresses)],\"ttl\":\(name.seconds),"
                + "\"failures\":\(name.failures),\"failure\":\(failure)}"
        }
        return "[\(names.joined(separator: ","))]"
    }

    /// The names for the page; nothing where there are none.
    var namesTable: String {
        let rows = names.status.map { name in
            let addresses = (name.resolved?.addresses ?? []).map(\.ipDescription).joined(separator: "<br>")
            return "<tr><td>\(name.name)</td><td>\(addresses)</td><td>\(name.seconds) s</td>"
                + "<td>\(name.failure?.description ?? "")</td></tr>"
        }
        guard !rows.isEmpty else { return "" }
        return "<table><tr><th>name</th><th>addresses</th><th>asked again in</th><th></th></tr>\(rows.joined())</table>"
    }
}

extension PreparedConfiguration {
    /// What a start would have to say about its names, each with its place.
    public func nameWarnings() -> [String] {
        let feed = NameFeed(report: { _ in })
        feed.apply(NameQuestion.all(of: configuration), waiting: NameFeed.checkPatience)
        feed.stop()
        let status = Dictionary(feed.status.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var lines: [String] = []
        for peer in configuration.peers {
            let targets = peer.namedTargets.map { ($0.host, $0.position) }
            for (host, position) in targets + peer.namedSources.map({ ($0.host, $0.position) }) {
                guard let name = status[host.name] else { continue }
                let start = "\(position): warning: \(host)"
                if name.resolved == nil {
                    lines.append("\(start) is not resolved: \(name.failure ?? .silent)")
                } else if let failure = name.failure {
                    lines.append("\(start) is not wholly resolved: \(failure)")
                }
            }
        }
        return lines + parts.ownAddresses(among: configuration, feed.resolved).map { "\($0): warning: \($1)" }
    }
}
