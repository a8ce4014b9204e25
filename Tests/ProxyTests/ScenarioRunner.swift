// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import SIP

@testable import Proxy

/// Plays a scenario: a relay and a screener, a fixed clock, one datagram at a time.
final class ScenarioRunner {
    private var proxy = StatelessProxy()
    private let desk: Desk
    private let slot = Slot()
    private var snapshot: Snapshot
    private var captures: [String: String] = [:]
    private var clock = CallLab.now
    /// The datagram that is on its way, and what the relay said about it.
    private var received: (bytes: [UInt8], arrival: Arrival)?
    private var outcome: Outcome?
    private var isScreened = false

    init(_ file: ScenarioFile) throws {
        desk = try Desk()
        snapshot = try ScenarioStage(file.stage).snapshot()
    }

    /// Carries out one step; returns how what happens differs from what is told, nil where it does not.
    func run(_ step: ScenarioFile.Step) throws -> String? {
        switch step.words[0] {
        case "AT": clock = step.words.last.flatMap { Int64($0) } ?? clock
        case "DOWN", "UP": setHealth(step)
        case "FROM": return try receive(step)
        default: return try expect(step)
        }
        return nil
    }

    private func setHealth(_ step: ScenarioFile.Step) {
        let address = step.words.last.flatMap { TransportAddress($0) }
        let isDown = zip(snapshot.targets, snapshot.isDown).map { $0.address == address ? step.words[0] == "DOWN" : $1 }
        snapshot = snapshot.with(isDown: isDown)
    }

    private func receive(_ step: ScenarioFile.Step) throws -> String? {
        if let outcome { return "\(outcome.disposition) was not expected" }
        guard let source = TransportAddress(step.words[2]), let name = step.word(after: "ON"),
            let listener = snapshot.listeners.firstIndex(where: { $0.name == name })
        else { throw ScenarioFault(line: step.line, description: "FROM peer address ON listener") }
        let bytes = try step.octets(captures, isPattern: false).latin1
        var datagram = slot.datagram(bytes)
        isScreened = false
        received = nil
        guard let peer = snapshot.peer(of: source, listener: listener) else {
            outcome = Outcome(.drop(.unknownSource), datagram, answer: proxy.answer)
            return step.words[1] == "stranger" ? nil : "\(source) is no peer"
        }
        guard step.words[1] == snapshot.peers[peer].name else { return "\(source) is \(snapshot.peers[peer].name)" }
        let arrival = Arrival(listener: listener, source: source, peer: peer)
        received = (bytes, arrival)
        proxy.unixSeconds = clock
        outcome = Outcome(proxy.process(&datagram, arrival: arrival, snapshot: snapshot), datagram, answer: proxy.answer)
        return nil
    }

    private func expect(_ step: ScenarioFile.Step) throws -> String? {
        guard let current = outcome else { return "nothing was received" }
        if step.words == ["EXPECT", "SCREEN"] {
            guard case .screen = current.disposition, let received else { return "\(current.disposition)" }
            isScreened = true
            outcome = desk.process(received.bytes, from: received.arrival, snapshot, after: clock - CallLab.now)
            return nil
        }
        if case .screen = current.disposition { return "the relay hands over" }
        outcome = nil
        let isAsTold = dispositionText(current.disposition) == step.words.dropFirst().joined(separator: " ")
        guard isAsTold else { return "\(dispositionText(current.disposition))\n\(current.text)" }
        return current.bytes.isEmpty ? nil : try compare(current, step)
    }

    private func dispositionText(_ disposition: Disposition) -> String {
        switch disposition {
        case .forward(let address, let listener): "FORWARD TO \(address) FROM \(snapshot.listeners[listener].name)"
        case .answer(let status, let address, let listener):
            "ANSWER \(status) TO \(address) FROM \(snapshot.listeners[listener].name)"
        case .screen: "SCREEN"
        case .hold: "HOLD"
        case .probeAnswered(let target): "PROBE ANSWERED \(snapshot.targets[target].address)"
        case .drop(let reason): "DROP \(reason.name)"
        }
    }

    // MARK: - Messages

    private func compare(_ outcome: Outcome, _ step: ScenarioFile.Step) throws -> String? {
        let expected = Self.lines(try step.octets([:], isPattern: true))
        let seen = Self.lines(String(latin1: outcome.bytes))
        for (number, pair) in zip(expected, seen).enumerated() where !matches(pair.1, pair.0) {
            return "line \(number + 1) of the message is\n  \(pair.1.debugDescription)\nnot\n  \(pair.0.debugDescription)"
                + "\nin\n\(outcome.text)"
        }
        guard expected.count == seen.count else { return "\(seen.count) lines, not \(expected.count):\n\(outcome.text)" }
        return nil
    }

    /// The lines between one CR LF and the next; other CRs and LFs are text.
    private static func lines(_ text: String) -> [String] {
        text.components(separatedBy: "\u{D}\u{A}")
    }

    private func matches(_ seen: String, _ pattern: String) -> Bool {
        if pattern.hasSuffix(": *") { return seen.hasPrefix(pattern.dropLast()) }
        var kept = captures
        var seen = seen[...], pattern = pattern[...]
        while let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}") {
            guard seen.hasPrefix(pattern[..<open]) else { return false }
            seen = seen.dropFirst(pattern.distance(from: pattern.startIndex, to: open))
            let name = String(pattern[pattern.index(after: open)..<close])
            pattern = pattern[pattern.index(after: close)...]
            if let known = kept[name] {
                guard seen.hasPrefix(known) else { return false }
                seen = seen.dropFirst(known.count)
            } else {
                let value = seen.prefix { !" ;,<>\"=:".contains($0) }
                guard !value.isEmpty else { return false }
                kept[name] = String(value)
                seen = seen.dropFirst(value.count)
            }
        }
        guard seen == pattern else { return false }
        captures = kept
        return true
    }
}

/// The stage of a scenario: its configuration.
struct ScenarioStage {
    private let settings: [ScenarioFile.Step]

    init(_ settings: [ScenarioFile.Step]) { self.settings = settings }

    func snapshot() throws -> Snapshot {
        var fault: ScenarioFault?
        let result = Bench.snapshot { parts in
            for setting in settings {
                do { try apply(setting, &parts) } catch { fault = fault ?? error as? ScenarioFault }
            }
        }
        if let fault { throw fault }
        return result
    }

    private func apply(_ setting: ScenarioFile.Step, _ parts: inout Snapshot.Parts) throws {
        switch setting.words[0] {
        case "LISTEN": try addListener(setting, &parts)
        case "PEER": try addPeer(setting, &parts)
        case "CONTACTS": addContacts(setting, &parts)
        case "ROUTE": try addRoute(setting, &parts)
        default:
            let phrase = setting.words.dropFirst(4).joined(separator: " ")
            let action: Action =
                setting.words[2] == "DROP"
                ? .drop : .reject(Rejection(status: UInt16(setting.words[3]), reason: Array(phrase.utf8)))
            parts.policy = RulePolicy(rules: [.when(setting.words[1], action)], lists: Lists(), isEnforcing: true)
        }
    }

    /// The first listener takes the place of those of `Bench`, with their peers.
    private func addListener(_ setting: ScenarioFile.Step, _ parts: inout Snapshot.Parts) throws {
        if settings.first(where: { $0.words[0] == "LISTEN" })?.line == setting.line {
            parts.listeners = []
            parts.peers = []
            parts.targets = []
            parts.sources = []
        }
        guard let address = TransportAddress(setting.words[2], defaultPort: 5060) else {
            throw ScenarioFault(line: setting.line, description: "LISTEN name address")
        }
        let seen = setting.word(after: "AS") ?? address.description
        let colon = seen.lastIndex(of: ":") ?? seen.endIndex
        parts.listeners.append(
            Listener(
                name: setting.words[1], address: address, host: Array(seen[..<colon].utf8),
                port: UInt16(seen[colon...].dropFirst()) ?? 5060))
    }

    private func addPeer(_ setting: ScenarioFile.Step, _ parts: inout Snapshot.Parts) throws {
        let places: [String: Peer.VerstatPlace] = ["user": .user, "uri": .uri, "headers": .headers, "off": .off]
        guard let role = Role.allCases.first(where: { $0.name.description == setting.words[2] }),
            let listener = parts.listeners.firstIndex(where: { $0.name == setting.word(after: "ON") }),
            let sources = setting.word(after: "SOURCES"), let targets = setting.word(after: "TARGETS")
        else { throw ScenarioFault(line: setting.line, description: "PEER name role ON listener SOURCES … TARGETS …") }
        let peer = parts.peers.count, first = parts.targets.count
        for target in targets.split(separator: ",") {
            parts.targets.append(Target(address: Bench.address(String(target)), peer: peer))
        }
        for source in sources.split(separator: ",") {
            let (network, port) = network(source)
            parts.sources.append(PeerTable.Source(network: network, port: port, listener: listener, peer: peer))
        }
        parts.peers.append(
            Peer(
                name: setting.words[1], role: role, listener: listener, targets: Array(first..<parts.targets.count),
                verstatPlace: places[setting.word(after: "VERSTAT") ?? ""] ?? (role == .pbx ? .user : .off)))
    }

    private func network(_ text: Substring) -> (Network, UInt16) {
        let halves = text.split(separator: "/").map(String.init)
        let address = Bench.address(halves[0])
        let length = halves.count > 1 ? Int(halves[1]) ?? 0 : address.isIPv4 ? 32 : 128
        return (Network(address, length: length + (address.isIPv4 ? 96 : 0)), address.port)
    }

    private func addContacts(_ setting: ScenarioFile.Step, _ parts: inout Snapshot.Parts) {
        let contacts = setting.words[2].split(separator: ",").map { text in
            let (network, port) = network(text)
            return ContactNetwork(network: network, port: port)
        }
        parts.peers = parts.peers.map { peer in
            guard peer.name == setting.words[1] else { return peer }
            return Peer(
                name: peer.name, role: peer.role, listener: peer.listener, targets: peer.targets,
                verstatPlace: peer.verstatPlace, contacts: contacts)
        }
    }

    private func addRoute(_ setting: ScenarioFile.Step, _ parts: inout Snapshot.Parts) throws {
        let names = parts.peers.map(\.name)
        guard let to = names.firstIndex(of: setting.word(after: "TO") ?? "") else {
            throw ScenarioFault(line: setting.line, description: "ROUTE [FROM peer] [PREFIX number] TO peer")
        }
        let from = setting.word(after: "FROM").flatMap { names.firstIndex(of: $0) }
        let prefix = setting.word(after: "PREFIX").flatMap { TelephoneNumber($0) }
        parts.routes.append(Route(from: from.map { [$0] }, prefix: prefix, to: to))
    }
}
