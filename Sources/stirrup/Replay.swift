// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Tools

struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a configuration makes of every call in a capture.",
        discussion: """
            Takes pcap and pcapng as tcpdump and Wireshark write them, with fragmented datagrams put together. Each call is \
            decided at the time when it was captured, rates and repeated PASSporTs counted; certificates are those that the \
            running proxy keeps on disk, else they are fetched. With --against only the calls are shown that the other \
            configuration decides in another way: what changes if it is put in force.

            Example: stirrup replay --config /etc/stirrup/stirrup.yaml yesterday.pcapng
            Example: stirrup replay --config stirrup.yaml --against new.yaml yesterday.pcapng
            """)

    @Option(name: .long, help: "The configuration file.", completion: .file())
    var config: String

    @Option(name: .long, help: "Another configuration, whose verdicts are compared.", completion: .file())
    var against: String?

    @Flag(help: "Fetch no certificate.") var offline = false
    @Flag(help: "Print each call as the call log has it, one JSON object a line.") var json = false

    @Argument(help: "The capture.", completion: .file())
    var capture: String

    func run() async throws {
        let prepared = try Preparation.prepare(config), other = try against.map { try Preparation.prepare($0) }
        _ = try await doing {
            var replay = try CaptureReplay(capture: capture, prepared, against: other, mayDownload: !offline)
            return await replay.run(json ? .json : .table) { print($0) }
        }
    }
}
