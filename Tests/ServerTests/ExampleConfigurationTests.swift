// SPDX-License-Identifier: Apache-2.0

import Foundation
import Proxy
import SIP
import StirrupConfiguration
import Testing

@testable import Server

@Suite("conf/examples: each is good, and does what its first lines say")
struct ExampleConfigurationTests {
    private static let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("conf/examples")

    /// The examples beside the certificates and keys that their users have.
    private static func rehearsal(_ name: String, in folder: TemporaryFolder) throws -> Rehearsal {
        let copy = folder.file("examples")
        try FileManager.default.copyItem(atPath: examples.path, toPath: copy)
        let lab = try LabFiles(folder)
        try lab.signer("shaken")
        for file in ["trust", "shaken.pem", "shaken.key"] {
            try FileManager.default.copyItem(atPath: folder.file(file), toPath: "\(copy)/\(file)")
        }
        return try Rehearsal(
            SnapshotBuilder.prepare(ConfigurationFile.read(path: "\(copy)/\(name).yaml")), verification: nil, mayDownload: false
        )
    }

    /// One example, and calls to it.
    private final class Example {
        let folder: TemporaryFolder
        let rehearsal: Rehearsal
        private var count = 0
        private let start = FileContents.now * 1000

        init(_ name: String) throws {
            folder = try TemporaryFolder()
            rehearsal = try ExampleConfigurationTests.rehearsal(name, in: folder)
        }

        /// What becomes of a call: the first line of what is sent, `dropped`, and all of it.
        func call(_ caller: String, to callee: String, from source: String = "198.51.100.5:5060") async throws -> (
            first: String, text: String, record: String, target: String
        ) {
            count += 1
            let address = try #require(TransportAddress(source)), listener = try #require(rehearsal.listener(from: address))
            let message = """
                INVITE sip:\(callee)@example.net SIP/2.0\r
                Via: SIP/2.0/UDP \(source);branch=z9hG4bK\(count);rport\r
                Max-Forwards: 70\r
                From: "Example" <sip:\(caller)@example.com>;tag=\(count)\r
                To: <sip:\(callee)@example.net>\r
                Call-ID: \(count)@example.com\r
                CSeq: 1 INVITE\r
                Contact: <sip:caller@\(source)>\r
                X-Padding: an answer is never larger than what it answers, so that a short request could not be told all of why\r
                X-Padding: an answer is never larger than what it answers, so that a short request could not be told all of why\r
                Content-Length: 0\r
                \r

                """
            let passage = await rehearsal.receive(
                Array(message.utf8), from: address, listener: listener, at: start + Int64(count) * 250)
            var target = ""
            if case .forward(let to, _) = passage.disposition { target = "\(to)" }
            let text = String(decoding: passage.sent, as: UTF8.self)
            return (text.split(separator: "\r\n").first.map(String.init) ?? "dropped", text, passage.record ?? "", target)
        }
    }

    @Test("every file in conf/examples is prepared without a fault")
    func prepared() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.examples.path).filter { $0.hasSuffix(".yaml") }
        #expect(names.count >= 5)
        for name in names { _ = try Self.rehearsal(String(name.dropLast(5)), in: TemporaryFolder()) }
    }

    @Test("small office: own numbers from outside are declined, strangers tagged, premium numbers not called, probing stopped")
    func smallOffice() async throws {
        let office = try Example("small-office")
        #expect(try await office.call("+12025550105", to: "+12025550100").first == "SIP/2.0 603 Decline")
        let stranger = try await office.call("+13125550142", to: "+12025550100")
        #expect(stranger.target == "10.0.0.10:5060" && stranger.text.contains(#"From: "[Unverified] Example" <"#))
        let premium = try await office.call("+12025550100", to: "+19002345678", from: "10.0.0.10:5060")
        #expect(premium.first == "SIP/2.0 403 Premium Number")
        #expect(try await office.call("+12025550100", to: "+13125550142", from: "10.0.0.10:5060").target == "198.51.100.5:5060")
        for _ in 0..<28 { _ = try await office.call("+13125550142", to: "+12025550101") }
        #expect(try await office.call("+13125550142", to: "+12025550101").target == "10.0.0.10:5060")
        #expect(try await office.call("+13125550142", to: "+12025550101").first == "SIP/2.0 486 Busy Here")
    }

    @Test("two carriers: by country code, signed A, and B at most to the one that takes no more")
    func twoCarriers() async throws {
        let site = try Example("two-carriers")
        let home = try await site.call("+12025550105", to: "+13125550142", from: "10.0.0.10:5060")
        #expect(
            home.target.hasPrefix("198.51.100.") && home.record.contains(#""attest":"A""#)
                && home.text.contains("\r\nIdentity: "))
        let abroad = try await site.call("+12025550105", to: "+442071838750", from: "10.0.0.10:5060")
        #expect(abroad.target == "192.0.2.7:5080" && abroad.record.contains(#""attest":"B""#))
        #expect(try await site.call("+13125550142", to: "+12025550105").text.contains("X-Caller-Check: absent"))
        let british = try await site.call("+442071838750", to: "+12025550105", from: "192.0.2.7:5080")
        #expect(british.target == "10.0.0.10:5060" && !british.text.contains("X-Caller-Check"))
    }

    @Test("tag only: everything rings, with the verdict; what would be rejected is on record")
    func tagOnly() async throws {
        let site = try Example("tag-only")
        let plain = try await site.call("+13122250142", to: "+12025550100")
        #expect(plain.text.contains("X-Caller-Check: absent attest= signer= score=20") && !plain.record.contains("shadow"))
        let complained = try await site.call("+18885550142", to: "+12025550100")
        #expect(complained.target == "10.0.0.10:5060" && complained.record.contains(#""shadow":["would-be-rejected"]"#))
        #expect(try await site.call("+12025550105", to: "+12025550100").text.contains(#""[Spoofed?] Example""#))
    }

    @Test("a provider in the United States: 403 for what cannot be, 603+ for what analytics say, nothing before 911")
    func provider() async throws {
        let site = try Example("us-provider")
        #expect(try await site.call("+18005550199", to: "+12025550100").first == "SIP/2.0 403 Do Not Originate")
        #expect(try await site.call("+11115550142", to: "+12025550100").first == "SIP/2.0 403 Invalid Caller Number")
        #expect(try await site.call("+12025550105", to: "+12025550100").first == "SIP/2.0 403 Spoofed")
        #expect(try await site.call("+18005550199", to: "911").target.hasPrefix("10.0.0.1"))
        let blocked = try await site.call("+18885550142", to: "+12025550100")
        #expect(blocked.first == "SIP/2.0 603 Network Blocked")
        #expect(blocked.text.contains("v=analytics1;url=https://example.com/blocked;tel=+18005550100"))
        #expect(try await site.call("+17025550111", to: "+12025550100").target.hasPrefix("10.0.0.1"))
    }

    @Test("customers: A for their own numbers, B for others, none that belong to somebody else; toll fraud stopped")
    func customers() async throws {
        let site = try Example("customers")
        let own = try await site.call("+12025550105", to: "+16172530000", from: "10.1.0.10:5060")
        #expect(own.target == "198.51.100.5:5060" && own.record.contains(#""attest":"A""#))
        let foreign = try await site.call("+16172530001", to: "+16172530000", from: "10.1.0.10:5060")
        #expect(foreign.record.contains(#""attest":"B""#))
        let borrowed = try await site.call("+13125550142", to: "+16172530000", from: "10.1.0.10:5060")
        #expect(borrowed.first == "SIP/2.0 403 Not Your Number")
        #expect(
            try await site.call("+13125550142", to: "+16172530000", from: "10.2.0.10:5060").record.contains(#""attest":"A""#))
        for _ in 0..<10 { _ = try await site.call("+13125550142", to: "+8821234567", from: "10.2.0.10:5060") }
        let eleventh = try await site.call("+13125550142", to: "+8821234567", from: "10.2.0.10:5060")
        #expect(eleventh.first == "SIP/2.0 403 Too Many Premium Calls")
        #expect(try await site.call("+16172530001", to: "+12025550105").target == "10.1.0.10:5060")
        #expect(try await site.call("+16172530001", to: "+13125550142").target == "10.2.0.10:5060")
    }
}
