// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// What a carrier tries in order to be read differently by the PBX than by us.
@Suite struct HostileSenderTests {
    private let passed = "verstat=TN-Validation-Passed"

    private func disposition(_ call: Call, from arrival: Arrival = Bench.fromCarrier) -> (Disposition, String) {
        var proxy = StatelessProxy()
        let slot = Slot()
        var datagram = slot.datagram(call.bytes)
        let disposition = proxy.process(&datagram, arrival: arrival, snapshot: Bench.verifying())
        return (disposition, datagram.text)
    }

    @Test(
        "a known method in another case, or cut short, is no unknown method: 400",
        arguments: ["invite", "iNVITE", "INVIT", "I", "message", "Message", "MESSAG", "bye", "Ack"])
    func misspeltMethod(_ method: String) {
        var call = Call()
        call.method = method
        let (disposition, _) = disposition(call)
        if case .answer(400, _, _) = disposition { return }
        Issue.record("\(method): \(disposition)")
    }

    @Test("an unknown method outside a dialog is screened like MESSAGE, and its marks go")
    func unknownMethod() throws {
        var call = Call()
        call.method = "FROBNICATE"
        call.from = "<sip:+13125550142;\(passed)@198.51.100.5>;tag=a1"
        call.fields = ["P-Attestation-Indicator: A"]
        if case (.screen, _) = disposition(call) {} else { Issue.record("not screened") }
        let outcome = try Desk().process(call.bytes, Bench.verifying())
        #expect(outcome.text.contains(";verstat=No-TN-Validation") && !outcome.text.contains(passed))
        #expect(!outcome.text.contains("P-Attestation-Indicator"))
    }

    @Test("marks go from relayed requests too", arguments: ["REGISTER", "OPTIONS"])
    func relayedRequest(_ method: String) {
        var call = Call()
        call.method = method
        call.to += ";tag=b1"
        call.from = "<sip:+13125550142;\(passed)@198.51.100.5>;tag=a1"
        call.fields = [
            "P-Asserted-Identity: <tel:+13125550142;\(passed)>", "P-Attestation-Indicator: A", "P-Origination-ID: x",
            "Attestation-Info: A",
        ]
        let (disposition, text) = disposition(call)
        if case .forward = disposition {} else { Issue.record("\(disposition)") }
        #expect(!text.lowercased().contains("verstat") && !text.contains("Attestation") && !text.contains("P-Origination-ID"))
    }

    @Test(
        "percent escapes hide no mark, the separators escaped too",
        arguments: [
            "+13125550142;verstat%3DTN-Validation-Passed", "+13125550142%3Bverstat=TN-Validation-Passed",
            "+13125550142%3bverstat%3dTN-Validation-Passed", "+13125550142%3B%76erstat%3DTN-Validation-Passed",
        ])
    func escapedSeparators(_ user: String) throws {
        var call = Call()
        call.from = "<sip:\(user)@198.51.100.5>;tag=a1"
        call.fields = ["P-Asserted-Identity: <sip:\(user)@198.51.100.5>"]
        let text = try Desk().process(call.bytes, Bench.verifying()).text
        #expect(!text.contains("TN-Validation-Passed"), "\(text)")
    }

    @Test("what is left behind a quoted value does not close up to a mark")
    func quotedValue() throws {
        var call = Call()
        call.fields = ["P-Preferred-Identity: <sip:+13125550142@h>;ver;verstat=\"a\"stat=TN-Validation-Passed"]
        #expect(!(try Desk().process(call.bytes, Bench.verifying()).text.contains("TN-Validation-Passed")))
    }

    // MARK: - One number is verified

    private func signedCall(_ change: (inout Call) -> Void) throws -> String {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        desk.know(signer)
        var call = Call()
        call.identities = [try signer.shaken()]
        change(&call)
        return desk.process(call.bytes, Bench.verifying()).text
    }

    @Test("only the verified number is marked as passed, and no attestation stands beside another one in From")
    func otherFrom() throws {
        let text = try signedCall { call in
            call.from = "\"Bank\" <sip:+18005550199@h>;tag=a1"
            call.fields = ["P-Asserted-Identity: <sip:+13125550142@h>"]
        }
        #expect(text.contains("<sip:+18005550199;verstat=No-TN-Validation@h>"))
        #expect(text.contains("<sip:+13125550142;\(passed)@h>"))
        #expect(!text.contains("P-Attestation-Indicator"))
    }

    @Test("a second asserted identity was verified by nobody")
    func secondIdentity() throws {
        let text = try signedCall { $0.fields = ["P-Asserted-Identity: <tel:+13125550142>, <sip:+18005550199@h>"] }
        #expect(text.contains("<tel:+13125550142;\(passed)>, <sip:+18005550199;verstat=No-TN-Validation@h>"))
        #expect(!text.contains("P-Attestation-Indicator"))
    }

    @Test(
        "an asserted identity that is no number is not passed over for From",
        arguments: ["<sip:+18005550199x@h>", "<im:+18005550199@h>"])
    func unreadableIdentity(_ identity: String) throws {
        let text = try signedCall { $0.fields = ["P-Asserted-Identity: \(identity)"] }
        #expect(!text.contains(passed) && !text.contains("P-Attestation-Indicator"), "\(text)")
    }

    @Test("a name is passed over for From, and no indicator stands beside it")
    func assertedName() throws {
        let text = try signedCall { $0.fields = ["P-Asserted-Identity: <sip:bank@h>"] }
        #expect(text.contains("<sip:+13125550142;\(passed)@198.51.100.5>") && text.contains("<sip:bank@h>"))
        #expect(!text.contains("P-Attestation-Indicator"))
    }

    @Test(
        "beside an identity that might be read as a number the tel URI alone is marked, and there is no indicator",
        arguments: [
            "<sip:+12155559999%3Bverstat=x@h>", "<sip:+1215[x]=y@h>", "<im:+12155559999@h>", "<sip:12155559999>",
            "<sip:+\u{661}\u{662}@h>",
        ])
    func unreadableFirstIdentity(_ identity: String) throws {
        let text = try signedCall { $0.fields = ["P-Asserted-Identity: \(identity), <tel:+13125550142>"] }
        #expect(text.contains("<tel:+13125550142;\(passed)>") && !text.contains("P-Attestation-Indicator"), "\(text)")
        #expect(!text.contains("12155559999;\(passed)"))
    }

    @Test(
        "no attestation stands beside a From that might be read as a number",
        arguments: [
            "<sip:+18005550199x@h>", "<im:+18005550199@h>", "<sip:18005550199>",
            "<sip:+\u{661}\u{662}@h>", "<sip:1-800-BANK@h>", "<tel:+1-800-555-0199/>",
        ])
    func unreadableFrom(_ from: String) throws {
        let text = try signedCall { call in
            call.from = from + ";tag=a1"
            call.fields = ["P-Asserted-Identity: <sip:+13125550142@h>"]
        }
        #expect(text.contains("<sip:+13125550142;\(passed)@h>") && !text.contains("P-Attestation-Indicator"), "\(text)")
    }

    @Test(
        "a From that is withheld may stand beside it, another name not",
        arguments: [("<sip:anonymous@anonymous.invalid>", true), ("<sip:alice@h>", false)])
    func nameInFrom(_ from: String, _ hasIndicator: Bool) throws {
        let text = try signedCall { call in
            call.from = from + ";tag=a1"
            call.fields = ["P-Asserted-Identity: <sip:+13125550142@h>"]
        }
        #expect(text.contains("P-Attestation-Indicator: A") == hasIndicator)
    }

    @Test(
        "a From whose brackets or tag two readers read differently is refused",
        arguments: [
            "<sip:+13125550142@h ;a <tel:+18005550199>;tag=a1", "<sip:+13125550142@h ;x=\">;y=\"<tel:+18005550199>;tag=a1",
            "<sip:+13125550142@h\t;x={\\}>;tag=a1", "<sip:+13125550142@h>;tag=\"\"", "<sip:+13125550142@h>;tag=<a1>",
        ])
    func ambiguousFrom(_ from: String) {
        var call = Call()
        call.from = from
        call.fields = ["X-Filler: so that there is room for an answer, which is never longer than its request"]
        let (disposition, _) = disposition(call)
        if case .answer(400, _, _) = disposition { return }
        Issue.record("\(from): \(disposition)")
    }

    @Test("a quoted To tag with our own Route is no way past the rules")
    func quotedToTag() throws {
        let first = try Desk().process(Call().bytes, Bench.verifying())
        let routes = try #require(first.value("Record-Route")).split(separator: ",")
        var call = Call()
        call.to = "<sip:+12155550100@192.0.2.10>;tag=\"\""
        call.from = "<sip:+18005550199@h>;tag=a1"
        call.fields = ["Route: \(routes[1]),\(routes[0])"]
        let (disposition, _) = disposition(call)
        if case .answer(400, _, _) = disposition { return }
        Issue.record("\(disposition)")
    }

    @Test("RFC 3966 §5.1.5: a number of another country's context is not read by our own plan")
    func foreignContext() throws {
        let text = try signedCall { $0.from = "<tel:3125550142;phone-context=+44>;tag=a1" }
        #expect(!text.contains(passed) && !text.contains("P-Attestation-Indicator"), "\(text)")
    }

    @Test("behind a number an escaped semicolon is something behind it: it never passes")
    func escapedSemicolonInNumber() throws {
        let text = try signedCall { $0.from = "<sip:+13125550142%3Bverstat=x@h>;tag=a1" }
        #expect(text.contains("<sip:+13125550142@h>") && !text.contains(passed))
    }

    @Test(
        "other identities that a PBX may show stay only where they are the caller's",
        arguments: ["Remote-Party-ID", "P-Preferred-Identity"])
    func shownIdentity(_ name: String) throws {
        #expect(!(try signedCall { $0.fields = ["\(name): \"Bank\" <sip:+18005550199@h>;party=calling"] }).contains(name))
        #expect(!(try signedCall { $0.fields = ["\(name): <sip:+13125550142@h>, <sip:+18005550199@h>"] }).contains(name))
        #expect(try signedCall { $0.fields = ["\(name): <sip:+13125550142@h>"] }.contains("\(name): <sip:+13125550142@h>\r\n"))
    }

    @Test(
        "RFC 3325 §9.1: an asserted identity behind two others, or without a value, goes no further, from whomever it comes",
        arguments: [
            ["<sip:a@h>, <sip:b@h> , <sip:+3@h>"], ["<sip:a@h>, <sip:b@h>", "<sip:+3@h>"],
            ["", "<sip:a@h>", "<sip:b@h>", "rubbish"],
            ["<sip:a@h>", "<sip:b@h>, <sip:+3@h>, rubbish", " ", "<sip:+4@h>"],
        ])
    func surplusIdentities(_ written: [String]) throws {
        for (base, arrival) in [(Call(), Bench.fromCarrier), (Call.outgoing, Bench.fromPBX)] {
            var call = base
            call.fields = written.map { "P-Asserted-Identity: \($0)" }
            let desk = try Desk(), outcome = desk.process(call.bytes, from: arrival, Bench.verifying())
            let kept = outcome.lines.filter { $0.hasPrefix("P-Asserted") }.map { $0.dropFirst("P-Asserted-Identity: ".count) }
            #expect(kept.joined(separator: ", ") == "<sip:a@h>, <sip:b@h>")
        }
    }

    @Test("INTERFACE §3.1: where P-Asserted-Identity is empty the caller is From's")
    func emptyIdentity() throws {
        let text = try signedCall { $0.fields = ["P-Asserted-Identity: "] }
        #expect(!text.contains("P-Asserted-Identity") && text.contains("<sip:+13125550142;\(passed)@"))
    }

    @Test(
        "a header name that common PBXs cannot read is 400 from a carrier, and passed on from a PBX and with unknown methods",
        arguments: ["X%", "X!", "X'", "X*", "X~", "`"])
    func uncommonNames(_ name: String) {
        var call = Call()
        call.fields = ["\(name): a"]
        for method in ["INVITE", "MESSAGE", "BYE", "REGISTER"] {
            call.method = method
            let outcome = Relay().process(call.bytes, from: Bench.fromCarrier)
            #expect(outcome.lines.first == "SIP/2.0 400 Bad Header Name", "\(method)")
        }
        call.method = "BREW"
        #expect(Relay().process(call.bytes, from: Bench.fromCarrier).status == nil)
        call = .outgoing
        call.fields = ["\(name): a"]
        #expect(Relay().process(call.bytes, from: Bench.fromPBX).status == nil)
    }
}
