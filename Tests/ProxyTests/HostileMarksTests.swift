// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// Marks of trust in places where two readers of a message see different things (reliability T4).
@Suite struct HostileMarksTests {
    private static let passed = "verstat=TN-Validation-Passed"

    /// What becomes of a request of the carrier's, screened where it has to be.
    private func process(_ method: String = "INVITE", _ change: (inout Call) -> Void) throws -> Outcome {
        var call = Call()
        call.method = method
        change(&call)
        let outcome = Relay().process(call.bytes, from: Bench.fromCarrier, Bench.verifying())
        guard case .screen = outcome.disposition else { return outcome }
        return try Desk().process(call.bytes, Bench.verifying())
    }

    /// Whether a mark reaches a reader that decodes percent escapes first.
    private func isMarked(_ outcome: Outcome) -> Bool {
        outcome.isForwarded && outcome.text.replacing("%20", with: " ").replacing("%3B", with: ";").contains(Self.passed)
    }

    // MARK: - Quotes

    @Test(
        "a quote within brackets or without its place hides no mark",
        arguments: [
            "<sip:+13125550142@h>;tag=a1;x=<\">;\(passed);y=<\">", "<sip:+13125550142@h>;x=<\">;\(passed);y=\"\";tag=a1",
            "<sip:+13125550142@h;x=\">;\(passed);y=\">;tag=a1", "<sip:+13125550142@h ;x=\">;\(passed);y=\"a\";tag=a1",
        ])
    func quotesInFrom(from: String) throws {
        let outcome = try process { $0.from = from }
        #expect(!isMarked(outcome), "\(outcome.text)")
    }

    @Test(
        "nor does it in a field that is not read",
        arguments: [
            "x\" <sip:+13125550142;\(passed)@h>\"", "x\" ;a=\"<sip:+13125550142@h>;\(passed);b=\"",
            "<sip:+13125550142@h;y=\">;\(passed);z=\">", "<sip:+13125550142@h;y=\"a>\";\(passed);z=\"b\">",
            "sip:+13125550142@h;x=y\";\(passed);z=\"a", "<sip:+13125550142@h>;x=<\">;\(passed);y=<\">",
        ], ["P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Contact"])
    func quotesElsewhere(value: String, name: String) throws {
        for method in ["OPTIONS", "REGISTER"] {
            let outcome = try process(method) { $0.fields = ["\(name): \(value)"] }
            #expect(outcome.isForwarded && !isMarked(outcome), "\(method) \(outcome.text)")
        }
        #expect(!isMarked(try process { $0.fields = ["\(name): \(value)"] }))
    }

    @Test("a quoted string that is one stays as it is, but for what reads as a mark to a search of the raw header")
    func quotedStrings() throws {
        let value =
            "\"a, \\\";\(Self.passed)\" <sip:+13125550142@h;x=y>;note = \"x;\(Self.passed)\", \";\(Self.passed)\" <sip:b@h>"
        let outcome = try process("OPTIONS") { $0.fields = ["Contact: \(value)"] }
        #expect(outcome.value("Contact") == value.replacing("verstat=", with: "verstat-"))
    }

    @Test("a quote that does not end is looked for once: 60,000 of them cost no more than other octets")
    func manyQuotes() throws {
        let quotes = String(repeating: "\\\"", count: 30_000), plain = String(repeating: "ab", count: 30_000)
        let relay = Relay(), snapshot = Bench.verifying()
        func duration(_ value: String) -> Duration {
            var call = Call()
            call.method = "OPTIONS"
            call.fields = ["Contact: \"\(value)"]
            let bytes = call.bytes
            return (0..<5).map { _ in
                ContinuousClock().measure { _ = relay.process(bytes, from: Bench.fromCarrier, snapshot) }
            }.min() ?? .zero
        }
        #expect(duration(quotes) < duration(plain) * 8 + .milliseconds(2))
    }

    // MARK: - What is left

    @Test(
        "what stands behind a removed mark does not become one",
        arguments: [
            "<sip:+13125550142@h ;;verstat=x \(passed)>;tag=a1", "<sip:+13125550142@h ;;verstat \(passed)>;tag=a1",
            "<sip:+13125550142;%20\(passed)@h>;tag=a1", "<sip:+13125550142;%20%20verstat%20=%20TN-Validation-Passed@h>;tag=a1",
            "<sip:+13125550142;%3Bverstat=x%20\(passed)@h>;tag=a1", "<sip:+13125550142;;verstat%20%20\(passed)@h>;tag=a1",
            "<sip:+13125550142@h\r\n ;\r\n ;verstat = x\r\n \(passed)\r\n ;user=phone>;tag=a1",
        ])
    func leftInFrom(from: String) throws {
        let outcome = try process { $0.from = from }
        #expect(outcome.isForwarded && !isMarked(outcome), "\(outcome.text)")
    }

    @Test(
        "nor in a field that is not read",
        arguments: [
            "<sip:+13125550142@h;;verstat=x \(passed)>", "<sip:+13125550142@h>;;verstat=x\t\(passed)",
            "<sip:+13125550142@h>;;verstat \(passed)", "<sip:+13125550142@h>; ;verstat=\"a\" b \(passed)",
        ])
    func leftElsewhere(value: String) throws {
        let outcome = try process("OPTIONS") { $0.fields = ["P-Asserted-Identity: \(value)", "Contact: \(value)"] }
        #expect(outcome.isForwarded && !isMarked(outcome), "\(outcome.text)")
    }

    @Test(
        "what stands behind a removed mark is no part of the number",
        arguments: [
            "<sip:+13125550142;verstat=x,9@h>", "<sip:+13125550142%3Bverstat=x?9@h>", "<sip:+13125550142;verstat,9@h>",
            "<sip:+13125550142;verstat=x%209@h>", "<sip:+13125550142%3bverstat=%2C9@h>", "<sip:+13125550142;verstat=%409@h>",
            "<tel:+13125550142;verstat=x,9>", "<tel:+13125550142;verstat=x?9>",
        ])
    func leftNumber(from: String) throws {
        let outcome = try process { $0.from = from + ";tag=a1" }
        let value = from.hasPrefix("<tel") ? "<tel:+13125550142{}>" : "<sip:+13125550142{}@h>"
        // Behind an escaped semicolon it was no clean number as it came, and gets no verdict.
        let verdict = from.contains("%3") ? "" : ";verstat=No-TN-Validation"
        #expect(outcome.value("From") == value.replacing("{}", with: verdict) + ";tag=a1")
    }

    @Test("headers of a URI and the next value stay")
    func leftRest() throws {
        let outcome = try process("OPTIONS") { $0.fields = ["Contact: <sip:a@h;\(Self.passed)?x=y>;\(Self.passed), sip:b@h"] }
        #expect(outcome.value("Contact") == "<sip:a@h?x=y>, sip:b@h")
    }

    // MARK: - Other fields

    @Test(
        "no verdict in the fields of those who diverted, referred or are asserted beside",
        arguments: ["Diversion", "DIVERSION ", "History-Info", "Referred-By", "b", "Additional-Identity"])
    func otherNumbers(name: String) throws {
        let sent =
            "\"D\" <sip:+13125550177;\(Self.passed)@h;\(Self.passed)>;reason=unconditional;\(Self.passed), <tel:+1;\(Self.passed)>"
        let plain = "\"D\" <sip:+13125550177@h>;reason=unconditional, <tel:+1>"
        for method in ["INVITE", "MESSAGE", "UPDATE"] {
            let outcome = try process(method) { $0.fields = ["\(name): \(sent)"] }
            #expect(outcome.isForwarded && outcome.value(name) == plain, "\(outcome.text)")
        }
    }

    @Test(
        "a verdict by a vendor's name is removed",
        arguments: ["Attestation-Info", "X-Attestation-Info", "x-attestation-info\t", "P-Attestation-Info", "Priority-Verstat"])
    func vendorsNames(name: String) throws {
        let outcome = try process { $0.fields = ["\(name): \(Self.passed);attest=A"] }
        #expect(outcome.isForwarded && !isMarked(outcome), "\(outcome.text)")
    }

    @Test("what a PBX sends to a carrier keeps its parameters")
    func fromPBX() throws {
        var call = Call.outgoing
        call.fields = ["Diversion: <sip:+12155550100;\(Self.passed)@h>"]
        #expect(try Desk().process(call.bytes, from: Bench.fromPBX, Bench.verifying()).text.contains(call.fields[0]))
    }
}
