// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Credentials
import Server
import Tools

struct PKI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki",
        abstract: "Make certificates for a laboratory, ask an authority for real ones, and see what a certificate says.",
        discussion: "Example: stirrup pki show shaken.pem",
        subcommands: [Lab.self, CSR.self, Show.self])
}

extension PKI {
    struct Lab: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a certification authority in a folder, with SHAKEN certificates below it. For a laboratory only.",
            discussion: """
                A root in trust/, an intermediate authority, and for each service provider code CODE.pem and CODE.key, as trust: \
                and sign: of a configuration take them. Nothing is overwritten.

                Example: stirrup pki lab lab
                Example: stirrup pki lab lab --spc 709J --spc 62GW --days 90
                """)

        @Argument(help: "The folder, which is made if it is not there.", completion: .directory) var folder: String
        @Option(help: "A service provider code that gets a certificate. May be repeated. (default: 709J and 62GW)")
        var spc: [String] = []
        @Option(help: "For how many days these certificates are valid.") var days: Int64 = 365

        func validate() throws {
            guard (1...36_500).contains(days) else { throw ValidationError("--days \(days) is not from 1 to 36500") }
        }

        func run() async throws {
            let lab = try reading { try LabFolder(path: folder, codes: spc.isEmpty ? ["709J", "62GW"] : spc, days: days) }
            try await doing {
                for path in try lab.make(at: FileContents.now) { print(path) }
                print("\nFor a configuration in this folder:\n\n\(lab.configuration)")
            }
        }
    }

    struct CSR: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "csr",
            abstract: "Write a certification request (PKCS#10) for a STIR certificate.",
            discussion: """
                The request asks for a TNAuthList (RFC 8226 §9) and goes to standard output. The key is made, for its owner alone, \
                where its file is not there.

                Example: stirrup pki csr --spc 709J --subject 'CN=SHAKEN 709J,O=Example Inc,C=US' --key shaken.key --out shaken.csr
                Example: stirrup pki csr --number +12025550100 --range +12025550200-+12025550299 --subject 'CN=Example,C=US'
                """)

        @Option(help: "A service provider code. May be repeated.") var spc: [String] = []
        @Option(help: "A telephone number. May be repeated.") var number: [String] = []
        @Option(help: "A range, such as +12025550100-+12025550199 or +12025550100,100. May be repeated.") var range: [String] =
            []
        @Option(
            help: "The name, such as CN=SHAKEN 709J,O=Example,C=US. (default: a common name made of the first code or number)")
        var subject: String?
        @Option(help: "The private key, which is made if it is not there.", completion: .file()) var key = "shaken.key"
        @Option(help: "The file for the request, instead of standard output.", completion: .file()) var out: String?

        func validate() throws {
            if spc.isEmpty, number.isEmpty, range.isEmpty {
                throw ValidationError("at least one --spc, --number or --range is needed")
            }
            // Else the key would be made, and the request could no longer be written.
            if let out, NewFile.isSame(key, out) { throw ValidationError("--key and --out are the same file, \(out)") }
        }

        func run() async throws {
            let list = try reading { try Authorization.list(codes: spc, numbers: number, ranges: range) }
            let name = try reading { try subject.map { try DistinguishedName(parsing: $0) } ?? standardName }
            try await doing {
                if let out, NewFile.exists(out) { throw ToolError("\(out) is there already and is not overwritten") }
                let isNew = !NewFile.exists(key)
                let privateKey = isNew ? try PrivateKey.generate() : try Input.file(key) { try PrivateKey(pem: $0) }
                let request = try reading { try CertificateRequest.pem(subject: name, tnAuthList: list, key: privateKey) }
                if isNew {
                    try NewFile.write(try privateKey.pem(), to: key, mode: NewFile.keyMode)
                    writeLine("made the key \(key)")
                }
                if let out {
                    try NewFile.write(request, to: out)
                } else {
                    print(String(decoding: request, as: UTF8.self), terminator: "")
                }
            }
        }

        private var standardName: DistinguishedName {
            DistinguishedName(commonName: "SHAKEN \(spc.first ?? number.first ?? range.first ?? "")")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a certificate is for, and how long.",
            discussion: """
                For each certificate of the file: subject, issuer, dates, key, service provider codes, numbers and ranges, claim \
                constraints, revocation lists; then whether they are a chain. Ends with status 1 where the key given is not that \
                of the first one, or no chain leads to a trust anchor given.

                Example: stirrup pki show shaken.pem
                Example: stirrup pki show shaken.pem --key shaken.key --trust trust/
                """)

        @Argument(help: "The certificates, PEM, or one as DER.", completion: .file()) var file: String
        @Option(help: "A private key to compare with the first certificate.", completion: .file()) var key: String?
        @Option(help: "A file or folder of trust anchors to validate the chain with. May be repeated.", completion: .file())
        var trust: [String] = []

        func run() async throws {
            try await doing {
                let certificates = try Input.file(file) { try Certificate.all(in: $0) }
                let report = CertificateReport(
                    certificates, key: try key.map { path in try Input.file(path) { try PrivateKey(pem: $0) } },
                    trust: trust.isEmpty ? nil : try Input.trust(trust, revoked: []), at: FileContents.now)
                print(report.text)
                if !report.isGood { throw ExitCode(1) }
            }
        }
    }
}
