// SPDX-License-Identifier: Apache-2.0
//
// Everything that runs in the demo: carrier, PBX, certificate web server, and the proxy as `stirrup run` has it, with its
// configuration in a file.

import Credentials
import Foundation
import Net
import SIP
import STIR
import Server
import StirrupConfiguration

/// The running lab.
struct Lab: Sendable {
    let folder: DemoFolder
    let carrier: UserAgent
    let pbx: UserAgent
    let certificates: CertificateServer
    let pki: LabPKI
    let base: String
    let proxy: Server

    private static let attempts = 5
    private static let startTime = Duration.seconds(20)

    /// Starts everything; what was started is stopped again where something fails.
    static func start(in folder: DemoFolder, before deadline: Deadline) async throws -> Lab {
        let certificates = CertificateServer()
        var agents: [UserAgent] = []
        do {
            let base = try await certificates.base(before: deadline.within(startTime))
            let pki = try LabPKI(servedAt: base, now: now)
            for name in ["carrier", "pbx"] { agents.append(try UserAgent(name: name)) }
            try await checkLoopback(from: agents[0], to: agents[1], before: deadline)
            try publish(pki, by: certificates, in: folder)
            let proxy = try startProxy(carrier: agents[0], pbx: agents[1], base: base, in: folder)
            return Lab(
                folder: folder, carrier: agents[0], pbx: agents[1], certificates: certificates, pki: pki, base: base,
                proxy: proxy)
        } catch {
            for agent in agents { agent.stop() }
            certificates.stop()
            throw error
        }
    }

    func stop() {
        proxy.stop()
        carrier.stop()
        pbx.stop()
        certificates.stop()
    }

    /// Unix time.
    static var now: Int64 { Clock.unixMilliseconds() / 1000 }

    /// Where the proxy listens; `name` is that of a listener.
    func proxyAddress(_ name: String) -> TransportAddress { proxy.addresses[name] ?? .none }

    // MARK: - Starting

    /// Without this a machine that has no loopback interface would look like a proxy that answers no call.
    private static func checkLoopback(from first: UserAgent, to second: UserAgent, before deadline: Deadline) async throws {
        guard await !first.reaches(second.address, before: deadline.within(Deadline.patience)) else { return }
        try Task.checkCancellation()
        throw DemoError("datagrams to \(second.address) do not arrive: is the loopback interface up, or is there a firewall?")
    }

    /// Publishes the chains, and writes the files that the configuration names.
    private static func publish(_ pki: LabPKI, by certificates: CertificateServer, in folder: DemoFolder) throws {
        for signer in Signer.allCases { certificates.publish(try pki.entry(signer).chain, as: signer.rawValue) }
        let office = try pki.entry(.office)
        try folder.write(try pki.root.pem(), to: "trust/root.pem")
        try folder.write(office.chain, to: "office.pem")
        try folder.write(try office.credential.key.pem(), to: "office.key")
        try folder.write(Array("# One number a line.\n\(Scenario.blockedNumber)\n".utf8), to: "blocked.txt")
    }

    /// A configuration names ports, so they are looked for first. Between that and the proxy's start somebody else may take
    /// one; then others are tried.
    private static func startProxy(
        carrier: UserAgent, pbx: UserAgent, base: String, in folder: DemoFolder
    ) throws -> Server {
        for attempt in 1... {
            let (outside, inside) = try freeAddresses()
            let configuration = DemoConfiguration(
                outside: outside, inside: inside, carrier: carrier.address, pbx: pbx.address,
                certificate: "\(base)/\(Signer.office.rawValue).pem")
            try folder.write(Array(configuration.text.utf8), to: "stirrup.yaml")
            do {
                return try Server(SnapshotBuilder.prepare(ConfigurationFile.read(path: folder.configuration)))
            } catch let error as SystemError where error.code == EADDRINUSE && attempt < attempts {
                continue
            }
        }
        throw DemoError("no free UDP port on \(UserAgent.loopback.ipDescription)")
    }

    /// Two addresses that nobody listens on now: bound together, so that they are two, and given back.
    private static func freeAddresses() throws(SystemError) -> (TransportAddress, TransportAddress) {
        let first = try UDPSocket(binding: UserAgent.loopback), second = try UDPSocket(binding: UserAgent.loopback)
        return withExtendedLifetime((first, second)) { (first.address, second.address) }
    }
}

// MARK: - Calls

extension Lab {
    /// Plays a scenario and tells what came of it.
    func play(_ scenario: Scenario, before deadline: Deadline) async throws -> Outcome {
        let (caller, callee) = scenario.origin == .carrier ? (carrier, pbx) : (pbx, carrier)
        let identity = try scenario.signature?.identity(
            caller: scenario.caller, callee: scenario.callee, now: Self.now, with: pki)
        let listener = proxyAddress(scenario.origin == .carrier ? "outside" : "inside")
        let call = PlacedCall(scenario, by: caller, through: listener, identity: identity)
        let callID = call.invite.callID
        let end = await call.run(before: deadline)
        let seen = callee.invite(ofCall: callID)
        let line = await CallLogLine.read(
            call: callID, in: folder.file("calls.jsonl"), before: deadline.within(Deadline.patience))
        var outcome: Outcome
        if scenario.origin == .carrier {
            outcome = Outcome(
                attestation: line?.attest, signer: line?.signer, verdict: line?.verstat, failure: line?.failure)
        } else {
            outcome = try await verification(ofOutgoing: seen, before: deadline)
        }
        outcome.rule = line?.rule
        outcome.answer = end.answer
        outcome.mark = seen?.verstat
        outcome.indicator = seen?.values("P-Attestation-Indicator").first
        outcome.displayName = seen?.displayName
        // The BYE is answered behind the ACK, so that the callee has seen both.
        outcome.isOver = line != nil && end.isOver && (seen == nil || callee.isOver(callID))
        return outcome
    }

    /// The carrier has roots of its own; here, the same one.
    private func verification(ofOutgoing invite: SIPText?, before deadline: Deadline) async throws -> Outcome {
        guard let invite else { return Outcome() }
        return try await CarrierVerification(trust: TrustStore(anchors: [pki.root])).verify(invite, before: deadline)
    }
}
