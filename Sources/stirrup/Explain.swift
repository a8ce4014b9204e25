// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SIP
import Server
import Tools

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say step by step what the proxy does with a message, and what it would send.",
        discussion: """
            Nothing is sent and no running proxy is asked: the message goes through the same code with the same \
            configuration. Certificates are those that the running proxy keeps on disk, else they are fetched; all targets \
            count as alive, and rates and repeated PASSporTs as not counted yet.

            Example: stirrup explain --config /etc/stirrup/stirrup.yaml --from 198.51.100.5:5060 invite.sip
            Example: stirrup explain --config stirrup.yaml --from 198.51.100.5:5060 --at 1700000000 <invite.sip
            """)

    @Option(name: .long, help: "The configuration file.", completion: .file())
    var config: String

    @Option(name: .long, help: "Who sent the message: IP:PORT.")
    var from: String

    @Option(name: .long, help: "When it arrived, in Unix seconds; default: now.")
    var at: Int64?

    @Option(name: .long, help: "The listener that it came through, by name; default: the one where such a peer sends to.")
    var listen: String?

    @Flag(help: "Fetch no certificate.") var offline = false
    @Flag(help: "Print one JSON document.") var json = false

    @Argument(help: "A file with the message; default: standard input.", completion: .file())
    var message: String?

    func run() async throws {
        let source = try reading { () throws -> TransportAddress in
            guard let address = TransportAddress(from, defaultPort: 5060) else {
                throw ToolError("\(from) is not an address such as 198.51.100.5:5060")
            }
            return address
        }
        let time = at ?? FileContents.now
        guard (0...UnixTime.last).contains(time) else { throw ValidationError("--at is a time in seconds since 1970") }
        let prepared = try Preparation.prepare(config)
        let explanation = try await doing {
            let bytes = try message.map { try Input.file($0) } ?? Input.bytes()
            return try await Explanation(
                prepared, bytes, from: source, listener: listen, at: time, mayDownload: !offline)
        }
        print(json ? explanation.json : explanation.text)
    }
}
