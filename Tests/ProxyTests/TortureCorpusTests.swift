// SPDX-License-Identifier: Apache-2.0
//
// The torture messages of RFC 4475 and RFC 5118 as a carrier sends them, and what a stateless proxy does with each. The
// messages themselves stand outside of this repository, beside it in shared/corpora; without them the suite is skipped. The
// rules behind them are tested with messages of our own in SIPTests/TortureTests.swift and in Scenarios/torture-*.scenario.

import Foundation
import SIP
import Testing

@testable import Proxy

/// The files of the two RFCs' archives.
enum TortureCorpus {
    static let folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/corpora")

    static let isThere = ["rfc4475", "rfc5118"].allSatisfy {
        FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
    }

    /// The names of an archive's messages.
    static func names(_ archive: String) -> Set<String> {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: archive).path)
        return Set((files ?? []).filter { $0.hasSuffix(".dat") }.map { String($0.dropLast(4)) })
    }

    static func octets(_ archive: String, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: "\(archive)/\(name).dat")))
    }

    /// The message as it would be on the wire: line ends are CR LF, and an empty line ends the header section.
    static func message(_ archive: String, _ name: String) throws -> [UInt8] {
        let bytes = try octets(archive, name)
        let end = Array("\r\n".utf8)
        var message = bytes
        if !bytes.contains(UInt8(ascii: "\r")) {
            message = Array(bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).joined(separator: end))
        }
        if message.firstRange(of: end + end) == nil { message += end }
        return message
    }
}

@Suite(
    "Torture: every message of RFC 4475 and RFC 5118",
    .enabled(if: TortureCorpus.isThere, "the RFCs' archives are not beside the repository, in shared/corpora"))
struct TortureCorpusTests {
    enum Action: Equatable {
        case forwarded, dropped(DropReason)
        case answered(UInt16, String)
    }

    /// A message and what becomes of it. `hops`: Max-Forwards as it goes out. `isNameless`: its branch names no transaction, so
    /// that ours is made of more (RFC 3261 §16.11).
    struct Row: Sendable, CustomTestStringConvertible {
        let section: String
        let name: String
        let action: Action
        var hops: Int?
        var isNameless = false
        var fields: [String] = []

        init(
            _ section: String, _ name: String, _ action: Action = .forwarded, hops: Int? = nil, isNameless: Bool = false,
            fields: [String] = []
        ) {
            (self.section, self.name, self.action) = (section, name, action)
            (self.hops, self.isNameless, self.fields) = (hops, isNameless, fields)
        }

        var testDescription: String { "§\(section) \(name)" }
    }

    static let rfc4475: [Row] = [
        Row("3.1.1.1", "wsinv", hops: 67, isNameless: true), Row("3.1.1.2", "intmeth", hops: 254), Row("3.1.1.3", "esc01"),
        Row("3.1.1.4", "escnull"), Row("3.1.1.5", "esc02"), Row("3.1.1.6", "lwsdisp"),
        Row("3.1.1.7", "longreq", isNameless: true), Row("3.1.1.8", "dblreq"), Row("3.1.1.9", "semiuri"),
        Row("3.1.1.10", "transports"), Row("3.1.1.11", "mpart01"), Row("3.1.1.12", "unreason", .dropped(.viaNotOurs)),
        Row("3.1.1.13", "noreason", .dropped(.viaNotOurs)),
        // Nothing correct could be answered along a Via that cannot be read.
        Row("3.1.2.1", "badinv01", .dropped(.malformed)),
        Row("3.1.2.2", "clerr", .answered(400, "Bad Content-Length")),
        Row("3.1.2.3", "ncl", .answered(400, "Bad Content-Length")),
        Row("3.1.2.4", "scalar02", .answered(400, "Bad CSeq")),
        Row("3.1.2.5", "scalarlg", .dropped(.malformedResponse)),
        Row("3.1.2.6", "quotbal", .answered(400, "Bad To")),
        Row("3.1.2.7", "ltgtruri", .answered(400, "Bad Request Line")),
        Row("3.1.2.8", "lwsruri", .answered(400, "Bad Request Line")),
        Row("3.1.2.9", "lwsstart", .answered(400, "Bad Request Line")),
        Row("3.1.2.10", "trws", .answered(400, "Bad Request Line")),
        Row("3.1.2.11", "escruri", .answered(400, "Bad Request Line")),
        Row("3.1.2.12", "baddate"), Row("3.1.2.13", "regbadct"),
        // To is compared with a PASSporT, so that its URI is needed.
        Row("3.1.2.14", "badaspec", .answered(400, "Bad To")), Row("3.1.2.15", "baddn", .answered(400, "Bad From")),
        Row("3.1.2.16", "badvers", .answered(505, "Version Not Supported")),
        Row("3.1.2.17", "mismatch01", .answered(400, "CSeq Method Mismatch")),
        Row("3.1.2.18", "mismatch02", .answered(400, "CSeq Method Mismatch")),
        Row("3.1.2.19", "bigcode", .dropped(.malformedResponse)), Row("3.2.1", "badbranch", isNameless: true),
        Row("3.3.1", "insuf", .dropped(.malformed)), Row("3.3.2", "unkscm", .answered(416, "Unsupported URI Scheme")),
        Row("3.3.3", "novelsc", .answered(416, "Unsupported URI Scheme")), Row("3.3.4", "unksm2"),
        Row(
            "3.3.5", "bext01", .answered(420, "Bad Extension"),
            fields: ["Unsupported: noProxiesSupportThis, norDoAnyProxiesSupportThis"]),
        Row("3.3.6", "invut"), Row("3.3.7", "regaut01"), Row("3.3.8", "multi01", .answered(400, "Repeated Header Field")),
        Row("3.3.9", "mcl01", .answered(400, "Repeated Header Field")), Row("3.3.10", "bcast", .dropped(.viaNotOurs)),
        Row("3.3.11", "zeromf", .answered(483, "Too Many Hops")), Row("3.3.12", "cparam01"), Row("3.3.13", "cparam02"),
        Row("3.3.14", "regescrt"), Row("3.3.15", "sdp01"), Row("3.4.1", "inv2543", hops: 70, isNameless: true),
    ]

    static let rfc5118: [Row] = [
        Row("4.1", "ipv6-good"), Row("4.2", "ipv6-bad", .answered(400, "Bad Request Line")), Row("4.3", "port-ambiguous"),
        Row("4.4", "port-unambiguous"), Row("4.5", "via-received-param-with-delim"),
        Row("4.5", "via-received-param-no-delim"), Row("4.6", "ipv6-in-sdp"), Row("4.7", "mult-ip-in-header"),
        Row("4.8", "mult-ip-in-sdp"), Row("4.9", "ipv4-mapped-ipv6"), Row("4.10", "ipv6-bug-abnf-3-colons"),
        Row("4.10", "ipv6-correct-abnf-2-colons"),
    ]

    private let relay = Relay(), desk: Desk
    /// The PBX wants no verdict, so that every octet of a forwarded message is the sender's or a proxy's.
    private let snapshot = Bench.verifying { parts in
        parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [1], verstatPlace: .off)
    }

    init() throws { desk = try Desk() }

    @Test("the tables hold all messages but test.dat, which no section names")
    func allThere() {
        #expect(Self.rfc4475.count == 49 && Self.rfc5118.count == 12)
        #expect(Set(Self.rfc4475.map(\.name)) == TortureCorpus.names("rfc4475").subtracting(["test"]))
        #expect(Set(Self.rfc5118.map(\.name)) == TortureCorpus.names("rfc5118"))
    }

    @Test("RFC 4475", arguments: rfc4475)
    func general(_ row: Row) throws { try check(row, try TortureCorpus.message("rfc4475", row.name)) }

    @Test("RFC 5118", arguments: rfc5118)
    func ipv6(_ row: Row) throws { try check(row, try TortureCorpus.message("rfc5118", row.name)) }

    @Test("a message of which the end is missing is dropped, as its archive has it")
    func unterminated() throws {
        let bytes = try TortureCorpus.octets("rfc4475", "baddn")
        #expect(process(bytes).disposition == .drop(.malformed))
    }

    /// Through the relay, and the screener where it hands over.
    private func process(_ bytes: [UInt8], from arrival: Arrival = Bench.fromCarrier) -> Outcome {
        let outcome = relay.process(bytes, from: arrival, snapshot)
        guard case .screen = outcome.disposition else { return outcome }
        return desk.process(bytes, from: arrival, snapshot)
    }

    private func check(_ row: Row, _ bytes: [UInt8]) throws {
        let outcome = process(bytes)
        switch row.action {
        case .dropped(let reason): #expect(outcome.disposition == .drop(reason))
        case .answered(let status, let phrase): try checkAnswer(outcome, to: bytes, status, phrase, row.fields)
        case .forwarded: try checkForwarded(outcome, bytes, row)
        }
        let again = process(bytes)
        #expect(again.disposition == outcome.disposition && again.bytes == outcome.bytes, "a retransmission goes the same way")
    }

    // MARK: - Answers

    private func checkAnswer(
        _ outcome: Outcome, to request: [UInt8], _ status: UInt16, _ phrase: String, _ fields: [String]
    ) throws {
        #expect(outcome.status == status && outcome.lines.first == "SIP/2.0 \(status) \(phrase)")
        let destination = try #require(outcome.destination)
        #expect(destination.hasSameIP(as: Bench.carrier), "an answer goes to who asked")
        #expect(outcome.bytes.count <= request.count, "and is no larger")
        // What is wrong with a field that an answer repeats is wrong in the answer too.
        let isRepeated = ["Bad To", "Bad From", "Bad CSeq", "Repeated Header Field"].contains(phrase)
        let isRead: Void? = withIndex(outcome.bytes) { answer, _ in
            #expect(answer.status == status && (answer.to.hasTag || isRepeated))
        }
        #expect(isRead != nil || isRepeated, "an answer has no fault: \(outcome.text)")
        #expect(fields.allSatisfy { outcome.lines.contains($0) }, "\(outcome.text)")
    }

    // MARK: - Forwarding

    private func checkForwarded(_ outcome: Outcome, _ original: [UInt8], _ row: Row) throws {
        #expect(outcome.disposition == .forward(to: Bench.pbx, listener: 1))
        try #require(outcome.isForwarded, "\(outcome.text)")
        let (head, rest) = try takeOffHead(outcome.bytes)
        let branch = try #require(head.first?.split(separator: ";branch=z9hG4bK").last?.prefix(32))
        #expect(head.first?.hasPrefix("Via: SIP/2.0/UDP 10.0.0.1:5060;branch=") == true)
        #expect(row.isNameless == (branch.dropFirst(8).prefix(8) != "00000000"), "\(branch)")
        let before = try #require(essence(original)), after = try #require(essence(rest))
        #expect(after.octets == before.octets, "nothing but Via and Max-Forwards differs: \(outcome.text)")
        let hops = withIndex(outcome.bytes) { index, _ in index.maxForwards.map(Int.init) } ?? nil
        #expect(hops == row.hops ?? before.hops.map { $0 - 1 } ?? 70, "Max-Forwards")
        #expect(after.received == "198.51.100.5", "what the sender wrote there is overwritten")
    }

    /// The fields that a proxy puts in front, and the message without them.
    private func takeOffHead(_ bytes: [UInt8]) throws -> (head: [String], rest: [UInt8]) {
        let end = Array("\r\n".utf8)
        var place = try #require(bytes.firstRange(of: end)).upperBound
        let start = place
        var head: [String] = []
        // Messages of these archives begin with another field, or spell it otherwise.
        for prefix in ["Via: SIP/2.0/UDP 10.0.0.1:5060;", "Record-Route: <sip:10.0.0.1:5060;lr;t=", "Max-Forwards: 70\r\n"]
        where bytes[place...].starts(with: prefix.utf8) {
            let line = try #require(bytes[place...].firstRange(of: end))
            if prefix.hasPrefix("Max-Forwards"), hasMaxForwards(bytes[line.upperBound...]) { break }
            head.append(String(decoding: bytes[place..<line.lowerBound], as: UTF8.self))
            place = line.upperBound
        }
        return (head, Array(bytes[..<start] + bytes[place...]))
    }

    private func hasMaxForwards(_ rest: ArraySlice<UInt8>) -> Bool {
        let headers = rest[..<(rest.firstRange(of: Array("\r\n\r\n".utf8))?.lowerBound ?? rest.endIndex)]
        return String(decoding: headers, as: UTF8.self).lowercased().contains("\r\nmax-forwards")
    }

    /// A message without what each proxy changes: `received` and `rport` of the topmost Via, the value of Max-Forwards, and
    /// octets behind the body.
    private func essence(_ message: [UInt8]) -> (octets: [UInt8], hops: Int?, received: String?)? {
        withIndex(message) { index, bytes in
            var changed = [index.via.received?.whole, index.via.rport?.whole].compactMap(\.self)
            if let number = index.firstField(.maxForwards) {
                let field = index.fields[number]
                changed.append(ByteRange(field.nameRange.end, field.value.end))
            }
            var octets: [UInt8] = []
            for place in 0..<index.end where !changed.contains(where: { $0.start <= place && place < $0.end }) {
                octets.append(bytes[place])
            }
            let received = index.via.received.map { parameter in
                String(decoding: (parameter.value.start..<parameter.value.end).map { bytes[$0] }, as: UTF8.self)
            }
            return (octets, index.maxForwards.map(Int.init), received)
        }
    }

    // MARK: - Responses

    @Test(
        "RFC 4475 §3.1.1.12, §3.1.1.13, §3.3.10: as answers to what we forwarded they are relayed untouched, or still dropped",
        arguments: ["unreason", "noreason", "bcast"])
    func answersToOurs(name: String) throws {
        let response = try TortureCorpus.message("rfc4475", name)
        let asked = try #require(request(answeredBy: response))
        let vias = process(asked).lines.filter { $0.hasPrefix("Via: ") }
        try #require(vias.count == 2)
        let text = String(latin1: response), start = try #require(text.firstRange(of: "Via: ")).lowerBound
        let rest = text[start...].drop { $0 != "\r\n" }
        let ours = String(text[..<start]) + vias[0] + "\r\n"
        if name == "bcast" {
            #expect(process((ours + String(rest.dropFirst())).latin1, from: Bench.fromPBX).disposition == .drop(.forgedBranch))
            return
        }
        let outcome = process((ours + vias[1] + rest).latin1, from: Bench.fromPBX)
        #expect(outcome.disposition == .forward(to: Bench.carrier, listener: 0))
        #expect(outcome.bytes == (String(text[..<start]) + vias[1] + rest).latin1)
    }

    /// A request of the carrier's that has the Call-ID, tag and CSeq number of a response.
    private func request(answeredBy response: [UInt8]) -> [UInt8]? {
        withIndex(response) { index, bytes in
            func text(_ range: ByteRange) -> String { String(latin1: (range.start..<range.end).map { bytes[$0] }) }
            return message(
                """
                PUBLISH sip:+12155550100@192.0.2.10 SIP/2.0
                Via: SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bKcorpus
                Max-Forwards: 70
                From: <sip:user@example.com>;tag=\(text(index.from.tag))
                To: <sip:user@example.edu>
                Call-ID: \(text(index.callID))
                CSeq: \(index.cseqNumber) PUBLISH
                """)
        }
    }
}
