// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Load

struct Answer: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer calls as a PBX does, until it is told to stop.",
        discussion: """
            100 and 180 at once, the final answer when it has rung, 200 to BYE and OPTIONS; an answer that is not acknowledged is \
            sent again. What is said of the callers of a load generator is looked at; SIGINT and SIGTERM end it with a report, and \
            with 1 where something was wrong.

            Example: stirload answer 127.0.0.1:5090 --ring 200ms
            """)

    @Argument(help: "Where calls arrive.") var address: String
    @Option(help: "How long it rings.") var ring = "0s"
    @Option(help: "The final answer.") var status = 200
    @Flag(help: "Do not look at what is said of callers.") var ignoreVerdicts = false

    func run() throws {
        guard (200...699).contains(status) else { throw ValidationError("--status \(status) is not from 200 to 699") }
        var course = AnswerCourse()
        course.delay = Int64(try seconds(ring, "--ring") * 1e9)
        course.status = status
        let answering = try AnswerRun(try stirload.address(address, "ADDRESS"), course, checksVerdicts: !ignoreVerdicts)
        writeLine("stirload: calls arrive at \(answering.address)")
        try StopSignal.wait()
        answering.stop()
        print(answering.counts.text)
        if answering.counts.wrongVerdicts > 0 { throw ExitCode(1) }
    }
}

struct Certificates: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish the certificates of a lab folder over HTTP, and never its keys, until it is told to stop.",
        discussion: "Example: stirload certificates lab http://127.0.0.1:8089")

    @Argument(help: "The folder.", completion: .directory) var lab: String
    @Argument(help: "Where: an http URL of an address of this machine.") var url: String

    func run() throws {
        let server = try CertificateServer(try LabCarriers(folder: lab, prefix: url), at: url)
        writeLine("stirload: certificates are at \(url)")
        try StopSignal.wait()
        server.stop()
        print("\(server.served) certificates were fetched")
    }
}
