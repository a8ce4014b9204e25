// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Load
import SIP

extension LoadSettings.Flow: ExpressibleByArgument {}

struct Call: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Place calls. With --answer the answering side is in the same process, and sees what the PBX would.",
        discussion: """
            The load is open-loop: a call leaves when it is due, whatever became of those before it, and latency counts from \
            then on. With --flow invite an INVITE is sent once and its way ends at the answering side, which says nothing; with \
            --flow call there are whole calls, with retransmissions as RFC 3261 has them.

            Signed calls need keys: a folder as `stirrup pki lab` makes it, given with --lab. The proxy has to trust its root \
            and fetch the certificates, which --certificates publishes for the length of the run (with its keys left out); or \
            they are published by something else at the URL given there.

            A mix has shares: A, B, C (signed, with that attestation), unsigned, spoofed (signed for another number), tampered \
            (C changed to A), stale (signed an hour ago), listed (from numbers that the proxy turns away), garbage.

            Ends with 1 where the PBX is told something wrong of a caller, a good signature is turned away as a bad one, what \
            must not arrive arrives, what was sent once arrives twice, or more is lost than --allow-loss or not verified than \
            --allow-unverified; with 2 where nothing could be measured. SIGINT ends it early, with a report of what there was.

            Example: stirload --target 127.0.0.1:5060 --answer 127.0.0.1:5090 --rate 5000 --for 10s
            Example: stirload --target 127.0.0.1:5060 --answer 127.0.0.1:5090 --flow call --hold 1s --profile 10s@100-2000,1m@2000
            Example: stirload --target 127.0.0.1:5060 --answer 127.0.0.1:5090 --rate 3000 --for 1m --lab lab \
            --certificates http://127.0.0.1:8089 --mix A=40,B=20,C=10,unsigned=20,spoofed=5,tampered=3,stale=1,garbage=1
            """)

    @Option(help: "The proxy.") var target: String
    @Option(help: "Calls a second.") var rate: Double?
    @Option(name: .customLong("for"), help: "How long, such as 30s or 5m.") var length = "10s"
    @Option(help: "Instead of both: stretches such as 10s@1000,30s@1000-60000.") var profile: String?
    @Option(help: "invite: INVITEs alone; call: whole calls.") var flow = LoadSettings.Flow.invite
    @Option(help: "Where calls arrive: the answering side in this process.") var answer: String?
    @Option(help: "How long it rings there.") var ring = "0s"
    @Option(help: "The final answer there.") var status = 200
    @Option(help: "How long a call is held.") var hold = "0s"
    @Option(help: "How long a call that rings, or an INVITE that is sent once, is waited for.") var patience: String?
    @Option(help: "Where calls come from.") var from = "127.0.0.1:0"
    @Option(help: "From how many addresses: that one and those that follow it.") var sources = 1
    @Option(help: "How many threads place calls.") var threads = 1
    @Option(help: "The shares of the kinds of calls.") var mix = "unsigned=1"
    @Option(help: "A folder with carriers' certificates and keys.", completion: .directory) var lab: String?
    @Option(help: "The URL under which the carriers' certificates are found, or are published where it is one of this machine.")
    var certificates = "http://127.0.0.1:8089"
    @Flag(inversion: .prefixedNo, help: "Whether to publish them there.") var publish = true
    @Option(help: "How many of a hundred signed calls the first carrier signs. (default: as many as any other)") var skew = 0
    @Option(help: "How many callers there are.") var callers = 10_000
    @Option(help: "A file with the numbers of listed calls, one a line. (default: from +19002000000 on)") var listed: String?
    @Option(help: "How many INVITEs are made ahead of time. (default: one for each call, but no more than 40000)") var pool:
        Int?
    @Option(help: "What share of the calls may be lost.") var allowLoss = 0.0
    @Option(help: "What share of the calls may arrive signed and not verified.") var allowUnverified = 0.0
    @Flag(help: "Do not look at what the PBX is told of callers.") var ignoreVerdicts = false
    @Option(help: "What decides whatever is random.") var seed: UInt64 = 1
    @Option(help: "A file for the report as JSON; - for standard output, instead of text.", completion: .file()) var json:
        String?
    @Option(help: "A file for the report as a page with diagrams.", completion: .file()) var html: String?
    @Flag(help: "No line while it runs.") var quiet = false

    func run() throws {
        let settings = try settings()
        let server = try publishedCertificates(settings)
        let run = try LoadRun(settings)
        if let address = run.answerAddress, !quiet { writeLine("stirload: calls arrive at \(address)") }
        try StopSignal.whenAsked { run.stop() }
        let report = try run.run { progress in
            if !quiet { writeLine(progress.line) }
        }
        server?.stop()
        try write(report)
        if !report.isGood(allowedLoss: allowLoss, allowedUnverified: allowUnverified) { throw ExitCode(1) }
    }

    private func publishedCertificates(_ settings: LoadSettings) throws -> CertificateServer? {
        guard publish, settings.mix.hasSigned, let lab = settings.lab else { return nil }
        return try CertificateServer(lab, at: certificates)
    }

    private func write(_ report: LoadReport) throws {
        if let html { try Data(report.page.utf8).write(to: URL(fileURLWithPath: html)) }
        if let json, json != "-" { try Data((try report.json() + "\n").utf8).write(to: URL(fileURLWithPath: json)) }
        print(json == "-" ? try report.json() : report.text)
    }
}

// MARK: - What the options say

extension Call {
    private func settings() throws -> LoadSettings {
        var settings = LoadSettings(target: try address(target, "--target"), profile: try loadProfile())
        settings.flow = flow
        settings.from = try address(from, "--from")
        guard settings.from.isIPv4 == settings.target.isIPv4 else {
            throw ValidationError("--from \(from) is not of the same family as --target \(target)")
        }
        settings.sources = try within(1...10_000, sources, "--sources")
        settings.threads = try within(1...64, threads, "--threads")
        settings.hold = try seconds(hold, "--hold")
        settings.patience = try patience.map { try seconds($0, "--patience") } ?? (flow == .call ? 60 : 2)
        settings.answer = try answer.map { try address($0, "--answer") }
        settings.answerCourse.delay = Int64(try seconds(ring, "--ring") * 1e9)
        settings.answerCourse.status = try within(200...699, status, "--status")
        guard let shares = CallMix(mix) else { throw ValidationError("--mix \(mix) is not like A=40,unsigned=60") }
        settings.mix = shares
        if shares.hasSigned {
            guard let lab else { throw ValidationError("signed calls need --lab, the folder of the carriers' keys") }
            settings.lab = try LabCarriers(folder: lab, prefix: certificates)
        }
        settings.firstShare = try within(0...100, skew, "--skew")
        settings.callers = try within(1...7_000_000, callers, "--callers")
        settings.listed = try listed.map { try LoadSettings.numbers(inFile: $0) } ?? []
        settings.pool = try pool.map { try within(1...2_000_000, $0, "--pool") }
        guard (0...1).contains(allowLoss) else { throw ValidationError("--allow-loss \(allowLoss) is not from 0 to 1") }
        guard (0...1).contains(allowUnverified) else {
            throw ValidationError("--allow-unverified \(allowUnverified) is not from 0 to 1")
        }
        settings.checksVerdicts = !ignoreVerdicts && shares.hasSigned
        settings.seed = seed
        return settings
    }

    private func loadProfile() throws -> LoadProfile {
        let text = profile ?? rate.map { "\(length)@\($0)" }
        guard let text else { throw ValidationError("--rate or --profile is needed: how many calls a second") }
        guard profile == nil || rate == nil else { throw ValidationError("--rate and --profile say the same: give one") }
        guard let profile = LoadProfile(text) else {
            throw ValidationError("\(text) is no load: stretches are like 10s@1000 or 10s@100-1000, with a call at least")
        }
        return profile
    }

    private func within<Number: Comparable>(_ range: ClosedRange<Number>, _ number: Number, _ name: String) throws -> Number {
        guard range.contains(number) else {
            throw ValidationError("\(name) \(number) is not from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

/// What an option that is an address says.
func address(_ text: String, _ name: String) throws -> TransportAddress {
    guard let address = TransportAddress(text) else {
        throw ValidationError("\(name) \(text) is no address with a port, such as 127.0.0.1:5060")
    }
    return address
}

/// What an option that is a length of time says.
func seconds(_ text: String, _ name: String) throws -> Double {
    guard let seconds = LoadProfile.seconds(text), seconds <= 86_400 else {
        throw ValidationError("\(name) \(text) is no length of time such as 250ms, 30s or 5m")
    }
    return seconds
}
