// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Credentials
import SIP
import STIR
import Server
import StirrupConfiguration
import Tools

struct Passport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passport",
        abstract: "Look into, verify and make Identity header values.",
        discussion: "Example: stirrup passport decode \"$IDENTITY\"",
        subcommands: [Decode.self, Verify.self, Sign.self])
}

extension Passport {
    struct Decode: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is written in an Identity header value or a bare PASSporT, without verifying it.",
            discussion: """
                Prints header and payload as JSON with their members in order, the parameters, and the date of iat. Ends with \
                status 1 where something cannot be read; what can is shown all the same.

                Example: stirrup passport decode 'eyJhbGciOi….eyJhdHRlc3Qi….x8Zt…;info=<https://certs.example.com/shaken.pem>'
                Example: grep -i ^identity: trace.txt | stirrup passport decode --json
                """)

        @Argument(help: "The value; without it, standard input is read.") var value: String?
        @Flag(help: "Print one JSON document.") var json = false

        func run() async throws {
            try await doing {
                let values = try IdentityValue.all(in: Input.text(value.map { [$0] } ?? []))
                guard let only = values.first, values.count == 1 else {
                    throw ToolError("there are \(values.count) values, of which one can be shown at a time")
                }
                let text = try PASSporTText(only)
                print(json ? text.json : text.text)
                for fault in text.faults { writeLine("stirrup: \(fault)") }
                if !text.faults.isEmpty { throw ExitCode(1) }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify Identity header values as the proxy would.",
            discussion: """
                Prints each check of RFC 8224 §6.2, ok or failed and under which name, and ends with status 1 where the call \
                would not pass. Several values are those of one call, in its order: a diversion (RFC 8946) counts along with \
                what it diverts.

                The certificate is fetched from x5u, as stir.verify of the configuration allows; without a configuration by \
                https from ports 443 and 8443 of public addresses. --certificate takes it from a file.

                Example: stirrup passport verify --config /etc/stirrup/stirrup.yaml --from +13125550142 --to +12025550100 "$IDENTITY"
                Example: stirrup passport verify --trust trust/ --certificate shaken.pem --at 1700000000 "$IDENTITY"
                """)

        @Argument(help: "The values; without any, standard input is read: one a line.") var values: [String] = []
        @Option(help: "The configuration whose stir.verify counts.", completion: .file()) var config: String?
        @Option(
            help: "A file or folder of trust anchors, instead of the configuration's. May be repeated.", completion: .file())
        var trust: [String] = []
        @Option(help: "A file of revocation lists, for --trust. May be repeated.", completion: .file()) var revoked: [String] =
            []
        @Option(help: "The certificate's chain, PEM, instead of fetching it.", completion: .file()) var certificate: String?
        @Option(help: "The Unix time to verify at, instead of now.") var at: Int64?
        @Option(help: "The caller, whose number must be signed.") var from: String?
        @Option(help: "The callee, whose number must be signed.") var to: String?

        func validate() throws {
            if config == nil, trust.isEmpty { throw ValidationError("--config FILE or --trust PATH is needed") }
            if trust.isEmpty, !revoked.isEmpty { throw ValidationError("--revoked goes with --trust") }
            if let at, !(0...UnixTime.last).contains(at) { throw ValidationError("--at \(at) is no Unix time") }
        }

        func run() async throws {
            let configuration = try config.map { path in try Preparation.read(path) }
            let plan = configuration.map { TelephoneNumber.Plan(countryCode: $0.numbers.country) }
            let expectation = try reading {
                PASSporTVerification.Expectation(
                    caller: try from.map { try TelephoneNumber(written: $0, plan: plan) },
                    callee: try to.map { try TelephoneNumber(written: $0, plan: plan) })
            }
            try await doing {
                let verification = PASSporTVerification(
                    try preparation(configuration), expecting: expectation, certificate: try certificate.map(Input.file),
                    at: at ?? FileContents.now)
                let report = try await verification.verify(IdentityValue.all(in: Input.text(values)))
                print(report.text)
                if report.verstat != .passed { throw ExitCode(1) }
            }
        }

        private func preparation(_ configuration: Configuration?) throws -> PreparedVerification {
            let store = trust.isEmpty ? nil : try Input.trust(trust, revoked: revoked)
            if let configuration {
                guard let prepared = try PreparedVerification(configuration) else {
                    writeLine("\(configuration.path): there is no stir.verify")
                    throw ExitCode(2)
                }
                return store.map(prepared.trusting) ?? prepared
            }
            guard let store else { throw ExitCode(2) }
            // What is not fetched may be anywhere.
            return certificate == nil
                ? PreparedVerification(trust: store)
                : PreparedVerification(
                    trust: store,
                    settings: VerificationSettings(urlPolicy: CertificateURLPolicy(schemes: [.https, .http], ports: [])))
        }
    }
}

extension Passport {
    /// `A`, `B` or `C`.
    enum Attestation: String, CaseIterable, ExpressibleByArgument {
        case full = "A"
        case partial = "B"
        case gateway = "C"

        var level: AttestationLevel {
            switch self {
            case .full: .full
            case .partial: .partial
            case .gateway: .gateway
            }
        }
    }

    struct Sign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign a call and print the value of its Identity header.",
            discussion: """
                Refuses what no verifier would accept: a key that is not the certificate's, a chain that is broken or not valid \
                at that time, a caller whom the certificate's TNAuthList does not cover, claims that it does not permit. With a \
                service provider code in the certificate, which numbers are the provider's is for you to know.

                Example: stirrup passport sign --config /etc/stirrup/stirrup.yaml --attest A --orig +12025550100 --dest +13125550142
                Example: stirrup passport sign --key lab/709J.key --chain lab/709J.pem --x5u https://certs.example.com/709J.pem \
                --attest B --orig +12025550100 --dest +13125550142
                """)

        @Option(help: "The configuration whose stir.sign has key, chain and URL.", completion: .file()) var config: String?
        @Option(help: "The private key, PEM.", completion: .file()) var key: String?
        @Option(help: "The chain that is published, PEM, the key's certificate first.", completion: .file()) var chain: String?
        @Option(help: "The URL where it is published.") var x5u: String?
        @Option(help: "How the caller is attested.") var attest: Attestation
        @Option(help: "The caller.") var orig: String
        @Option(help: "The callee.") var dest: String
        @Option(help: "The originating identifier: up to 64 letters, digits and -_.: (default: a new UUID)") var origid: String?
        @Option(help: "The Unix time that is signed, instead of now.") var iat: Int64?

        func validate() throws {
            let isExplicit = key != nil || chain != nil || x5u != nil
            if config != nil, isExplicit { throw ValidationError("--config has key, chain and x5u: give it or them") }
            if config == nil, key == nil || chain == nil || x5u == nil {
                throw ValidationError("--config FILE, or --key FILE, --chain FILE and --x5u URL are needed")
            }
            if let origid, OriginatingID(origid) == nil {
                throw ValidationError("--origid is not 1 to 64 letters, digits and -_.:")
            }
            if let iat, !(1...UnixTime.last).contains(iat) { throw ValidationError("--iat \(iat) is no Unix time") }
        }

        func run() async throws {
            let configuration = try config.map { path in try Preparation.read(path) }
            let plan = configuration.map { TelephoneNumber.Plan(countryCode: $0.numbers.country) }
            let claims = try reading {
                PASSporTSigning.Claims(
                    attest: attest.level, orig: try TelephoneNumber(caller: orig, plan: plan),
                    dest: try TelephoneNumber(written: dest, plan: plan), origid: origid.flatMap(OriginatingID.init),
                    iat: iat ?? FileContents.now)
            }
            try await doing { print(try signing(configuration).sign(claims)) }
        }

        private func signing(_ configuration: Configuration?) throws -> PASSporTSigning {
            if let configuration {
                guard let prepared = try PreparedSigning(configuration) else {
                    writeLine("\(configuration.path): there is no stir.sign")
                    throw ExitCode(2)
                }
                return PASSporTSigning(prepared)
            }
            guard let key, let chain, let x5u else { throw ExitCode(2) }
            let privateKey = try Input.file(key) { try PrivateKey(pem: $0) }
            return try Input.file(chain) { try PASSporTSigning(key: privateKey, chain: $0, x5u: x5u) }
        }
    }
}
