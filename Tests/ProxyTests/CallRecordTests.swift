// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// INTERFACE §5: one JSON object a line; nothing a caller sends can break it.
@Suite struct CallRecordTests {
    private func parsed(_ desk: Desk) throws -> [String: Any] {
        let line = desk.record
        let breaking: Set<UInt32> = [0x7F, 0x2028, 0x2029]
        #expect(!line.unicodeScalars.contains { $0.value < 0x20 || breaking.contains($0.value) })
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        return try #require(object as? [String: Any], "\(line)")
    }

    private func record(_ call: Call, _ snapshot: Snapshot = Bench.verifying()) throws -> [String: Any] {
        let desk = try Desk()
        _ = desk.process(call.bytes, snapshot)
        return try parsed(desk)
    }

    @Test("an unsigned call that is let in: what is known, and no key that does not apply")
    func unsigned() throws {
        var call = Call()
        call.from = "\"Alice\" <sip:+13125550142@198.51.100.5>;tag=a1"
        call.fields = ["User-Agent: SBC/1.0"]
        let record = try record(call) as NSDictionary
        #expect(
            record == [
                "time": "2023-11-14T22:13:20.000Z", "node": "node-1", "call_id": "call-1@198.51.100.5", "peer": "carrier-a",
                "source_ip": "198.51.100.5", "source_port": 5060, "caller": "+13125550142", "callee": "+12155550100",
                "display_name": "Alice", "verstat": "absent", "action": "allow", "target": "10.0.0.10:5060",
                "user_agent": "SBC/1.0", "mode": "enforce",
            ] as NSDictionary)
    }

    @Test("a verified call: who signed it, how, with which certificate")
    func verified() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        desk.know(signer)
        var call = Call()
        call.identities = [try signer.shaken(attest: "B")]
        _ = desk.process(call.bytes, Bench.verifying([.when("let in", .allow)]))
        let record = try parsed(desk)
        #expect(record["verstat"] as? String == "passed")
        #expect(record["attest"] as? String == "B")
        #expect(record["origid"] as? String == CallLab.origid)
        #expect(record["signer"] as? String == "709J")
        #expect(record["x5u"] as? String == signer.url)
        #expect(record["rule"] as? String == "let in")
        #expect(record["action"] as? String == "allow")
        #expect(record["failure"] == nil && record["status"] == nil)
    }

    @Test("a failed call that is rejected: failure, rule, status; no target")
    func rejected() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        desk.know(signer)
        var call = Call()
        call.identities = [try signer.shaken("19995550100")]
        _ = desk.process(call.bytes, Bench.verifying([.when("bad", .reject(Rejection()))]))
        let record = try parsed(desk)
        #expect(record["verstat"] as? String == "failed")
        #expect(record["failure"] as? String == "caller-mismatch")
        #expect(record["action"] as? String == "reject")
        #expect(record["status"] as? Int == 438)
        #expect(record["attest"] as? String == "A", "as signed, whatever verstat is")
        #expect(record["signer"] == nil, "a name would prove nothing")
        #expect(record["target"] == nil)
    }

    @Test("what stands behind a failure is its reason, with OpenSSL's words; a call that passed, or was not signed, has none")
    func reason() throws {
        let lab = try CallLab(), signer = try lab.signer()
        let lookups: [(CredentialLookup, String)] = [
            (
                .failed(.unsupportedCredential, .invalidChain, ChainFault(code: 34)),
                "chain is not valid: unhandled critical extension"
            ),
            (.failed(.unsupportedCredential, .expired, ChainFault(code: 10)), "certificate has expired"),
            (.failed(.badInfo, .httpStatus), "status is not 200"),
        ]
        var call = Call()
        call.identities = [try signer.shaken()]
        for (lookup, expected) in lookups {
            let desk = try Desk()
            desk.know(signer.url, lookup)
            _ = desk.process(call.bytes, Bench.verifying())
            #expect(try parsed(desk)["reason"] as? String == expected)
        }
        let desk = try Desk()
        desk.know(signer)
        _ = desk.process(call.bytes, Bench.verifying())
        #expect(try parsed(desk)["verstat"] as? String == "passed")
        #expect(try parsed(desk)["reason"] == nil)
        #expect(try record(Call(), Bench.verifying())["reason"] == nil)
    }

    @Test("a missing signature is a failure where a rule rejects for it")
    func missing() throws {
        let record = try record(Call(), Bench.verifying([.when("unsigned", .reject(Rejection()))]))
        #expect(record["failure"] as? String == "identity-missing")
        #expect(record["status"] as? Int == 428)
    }

    @Test("a tag is the action where nothing ends the walk; a drop has no status; monitor says what would have been")
    func actions() throws {
        let tag = Rule.when("tagger", .tag(Tag(displayName: [0x21])))
        #expect(try record(Call(), Bench.verifying([tag]))["action"] as? String == "tag")
        let dropped = try record(Call(), Bench.verifying([tag, .when("dropper", .drop)]))
        #expect(dropped["action"] as? String == "drop" && dropped["rule"] as? String == "dropper" && dropped["status"] == nil)
        let watched = try record(Call(), Bench.verifying([.when("dropper", .drop)], isEnforcing: false))
        #expect(watched["action"] as? String == "drop" && watched["mode"] as? String == "monitor")
        #expect(watched["target"] as? String == "10.0.0.10:5060")
    }

    @Test("a call from a PBX has no verstat; numbers that are none are the URIs")
    func outgoing() throws {
        let desk = try Desk()
        var call = Call.outgoing
        call.from = "<sip:alice@10.0.0.10>;tag=b1"
        call.requestURI = "sip:bob@10.0.0.1"
        call.to = "<sip:bob@10.0.0.1>"
        _ = desk.process(call.bytes, from: Bench.fromPBX, Bench.verifying())
        let record = try parsed(desk)
        #expect(record["verstat"] == nil && record["peer"] as? String == "pbx")
        #expect(record["caller"] as? String == "sip:alice@10.0.0.10" && record["callee"] as? String == "sip:bob@10.0.0.1")
        #expect(record["display_name"] == nil && record["user_agent"] == nil)
        #expect(record["source_ip"] as? String == "10.0.0.10")
    }

    @Test(
        "one line for each request decided, with its method where that is not INVITE; none for a retransmission, a CANCEL, a held call"
    )
    func noLine() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk(), snapshot = Bench.verifying()
        var call = Call()
        _ = desk.process(call.bytes, snapshot)
        #expect(try parsed(desk)["method"] == nil)
        _ = desk.process(call.bytes, snapshot)
        #expect(desk.screener.record.count == 0 && desk.screener.outcome == nil)
        call.method = "CANCEL"
        _ = desk.process(call.bytes, snapshot)
        #expect(desk.screener.record.count == 0)
        call.method = "MESSAGE"
        call.branch = "z9hG4bKmessage"
        _ = desk.process(call.bytes, snapshot)
        #expect(try parsed(desk)["method"] as? String == "MESSAGE")
        call.method = "INVITE"
        call.identities = [try signer.shaken()]
        #expect(desk.process(call.bytes, snapshot).disposition == .hold)
        #expect(desk.screener.record.count == 0 && desk.screener.outcome == nil)
    }

    @Test("an INVITE that leads nowhere is decided too")
    func nowhere() throws {
        let desk = try Desk()
        let nowhere = Bench.verifying { parts in
            parts.targets.removeLast()
            parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [], verstatPlace: .off)
        }
        #expect(desk.process(Call().bytes, nowhere).status == 503)
        #expect(desk.screener.record.count > 0)
        #expect(desk.screener.outcome?.status == 503)
    }

    @Test(
        "from: what From shows, where that is not the caller",
        arguments: [
            ("<sip:+13125550142@h>;tag=1", nil, nil), ("<sip:3125550142@h>;tag=1", "<tel:+1-312-555-0142>", nil),
            ("<sip:+13125550199@h>;tag=1", "<tel:+13125550142>", "+13125550199"),
            ("<sip:anonymous@anonymous.invalid>;tag=1", "<tel:+13125550142>", "sip:anonymous@anonymous.invalid"),
            ("<sip:911@h>;tag=1", "<tel:+13125550142>", "911"),
            ("<sip:+13125550142x@h>;tag=1", nil, "sip:+13125550142x@h"),
        ] as [(String, String?, String?)])
    func from(from: String, asserted: String?, logged: String?) throws {
        var call = Call()
        call.from = from
        call.fields = asserted.map { ["P-Asserted-Identity: \($0)"] } ?? []
        let record = try record(call)
        #expect(record["from"] as? String == logged)
        #expect(record["caller"] as? String == "+13125550142")
    }

    @Test("a caller that is nobody's number has no +")
    func localCaller() throws {
        var call = Call()
        call.from = "<sip:20255501@h>;tag=1"
        #expect(try record(call)["caller"] as? String == "20255501")
    }

    @Test("a call that we sign: attest, origid and x5u of our signature; one that we do not: why")
    func signed() throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        let snapshot = Bench.signing(signer, [AttestationPolicy.Row(attest: .partial, condition: Condition())])
        let outcome = desk.process(Call.outgoing.bytes, from: Bench.fromPBX, snapshot)
        let record = try parsed(desk), origid = try #require(record["origid"] as? String)
        #expect(record["attest"] as? String == "B" && record["x5u"] as? String == signer.url && record["unsigned"] == nil)
        let claims = try #require(outcome.value("Identity")?.split(separator: ".").dropFirst().first)
        var padded = String(claims).replacing("-", with: "+").replacing("_", with: "/")
        while padded.count % 4 != 0 { padded += "=" }
        let data = try #require(Data(base64Encoded: padded))
        let json = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        #expect(json?["origid"] as? String == origid)
        var call = Call.outgoing
        call.from = "<sip:alice@10.0.0.10>;tag=b1"
        call.branch = "z9hG4bKunsigned"
        _ = desk.process(call.bytes, from: Bench.fromPBX, snapshot)
        #expect(try parsed(desk)["unsigned"] as? String == "no_number")
        #expect(try parsed(desk)["attest"] == nil)
    }

    // MARK: - Hostile values

    @Test(
        "whatever stands in a name comes back from the JSON",
        arguments: [
            "plain", "with \\\" quote", "back\\\\slash", "\\u0041", "</script><b>", "a/b", "tab\\\tin it", "bell\\\u{7}",
            "del\\\u{7F}",
            "nul\\\u{0}", "é ü ß", "日本語", "👍🏽", "\u{FFFD}", "\u{10FFFF}", "line\u{2028}paragraph\u{2029}", "{\\\"a\\\":1}",
            "%s%n",
            "a\u{FEFF}bom", "\u{202E}rtl",
        ])
    func hostileNames(name: String) throws {
        var call = Call()
        call.from = "\"\(name)\" <sip:+13125550142@198.51.100.5>;tag=a1"
        let record = try record(call)
        #expect(record["display_name"] as? String == name)
    }

    @Test(
        "what is no UTF-8 becomes U+FFFD, and the rest stays",
        arguments: [
            [0x61, 0x80, 0x62], [0x61, 0xC0, 0x80, 0x62], [0x61, 0xED, 0xA0, 0x80, 0x62], [0x61, 0xF4, 0x90, 0x80, 0x80, 0x62],
            [0x61, 0xE2, 0x80, 0x20, 0x62], [0x61, 0xF0, 0x9F, 0x62], [0x61, 0xFF, 0x62], [0x61, 0xE0, 0x80, 0x80, 0x62],
            [0x61, 0xC3, 0x22 - 1, 0x62], [0x61, 0xE2, 0x80, 0x62],
        ] as [[UInt8]])
    func invalidUTF8(octets: [UInt8]) throws {
        var bytes = Call().bytes
        let place = try #require(bytes.firstRange(of: Array("From: <".utf8)))
        bytes.insert(contentsOf: [0x22] + octets + [0x22, 0x20], at: place.upperBound - 1)
        let desk = try Desk()
        #expect(desk.process(bytes, Bench.verifying()).isForwarded)
        let name = try #require(try parsed(desk)["display_name"] as? String)
        #expect(name.hasPrefix("a") && name.hasSuffix("b") && name.contains("\u{FFFD}"))
    }

    @Test("every value as hostile and as long as it can be at once: the line still parses")
    func longest() throws {
        var bytes: [UInt8] = []
        let name = [UInt8](repeating: 0x80, count: 16_000)
        let uri = Array("sip:".utf8) + [UInt8](repeating: 0xFF, count: 2_000)
        bytes += Array("INVITE ".utf8) + uri + Array("@x SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.5;branch=z9hG4bK1\r\n".utf8)
        bytes +=
            Array("From: \"".utf8) + name + Array("\" <".utf8) + uri + Array("@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: ".utf8)
        bytes += Array(repeating: UInt8(ascii: "\""), count: 4_000) + Array("\r\nCSeq: 1 INVITE\r\nUser-Agent: ".utf8) + name
        bytes += Array("\r\n\r\n".utf8)
        let desk = try Desk()
        #expect(desk.process(bytes, Bench.verifying()).isForwarded)
        let hasOverflowed = desk.screener.record.overflowed
        #expect(!hasOverflowed)
        let record = try parsed(desk)
        #expect((record["display_name"] as? String)?.unicodeScalars.count == 512)
        #expect((record["call_id"] as? String)?.count == 512)
    }

    @Test("a display name of 60,000 characters is cut, the call goes on")
    func longName() throws {
        var call = Call()
        call.from = "\"\(String(repeating: "ä", count: 30_000))\" <sip:+13125550142@198.51.100.5>;tag=a1"
        let desk = try Desk()
        let outcome = desk.process(call.bytes, Bench.verifying())
        #expect(outcome.isForwarded && outcome.bytes.count > 60_000)
        #expect(try parsed(desk)["display_name"] as? String == String(repeating: "ä", count: 256))
    }

    // MARK: - Time

    @Test(
        "RFC 3339, UTC, milliseconds; leap years, ends of months and years",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800_001, "2024-02-29T00:00:00.001Z"), (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (1_735_689_600_000, "2025-01-01T00:00:00.000Z"), (1_740_787_199_000, "2025-02-28T23:59:59.000Z"),
            (1_740_787_200_000, "2025-03-01T00:00:00.000Z"), (1_795_226_969_123, "2026-11-21T02:09:29.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-1, "1970-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func times(milliseconds: Int64, text: String) {
        var writer = ByteWriter(capacity: 64)
        writer.putRFC3339(milliseconds)
        #expect(writer.string == text)
    }

    @Test("every day of 1999 to 2101 as Foundation has it")
    func days() {
        let start: Int64 = 915_148_800
        for day in 0..<Int64(37_620) {
            let seconds = start + day * 86_400 + day % 86_400
            var writer = ByteWriter(capacity: 64)
            writer.putRFC3339(seconds * 1000)
            var time = time_t(seconds), parts = tm()
            gmtime_r(&time, &parts)
            let expected = String(
                format: "%04d-%02d-%02dT%02d:%02d:%02d.000Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                parts.tm_hour, parts.tm_min, parts.tm_sec)
            guard writer.string != expected else { continue }
            Issue.record("\(writer.string), not \(expected)")
            return
        }
    }
}
