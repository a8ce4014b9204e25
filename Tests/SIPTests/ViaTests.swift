// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("Via: one value of a Via row")
struct ViaTests {
    /// What a Via says, as strings.
    struct Parts: Equatable {
        var value = "", transport = "", host = "", sentBy = "", port: UInt16 = 0, branch = ""
        var received: String?, rport: String?
        var rest: String?
    }

    private func parts(_ text: String) -> Parts? {
        reading(text) { bytes, range in
            guard let via = Via(bytes, range) else { return nil }
            return Parts(
                value: bytes.text(via.value), transport: bytes.text(via.transport), host: bytes.text(via.host),
                sentBy: bytes.text(via.sentBy), port: via.port, branch: bytes.text(via.branch),
                received: via.received.map { bytes.text($0.whole) }, rport: via.rport.map { bytes.text($0.whole) },
                rest: via.next == 0 ? nil : bytes.text(ByteRange(Int(via.next), range.end)))
        }
    }

    @Test("RFC 3261 §20.42: a Via as everybody writes it")
    func plain() {
        #expect(
            parts("SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKa;rport;x")
                == Parts(
                    value: "SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKa;rport;x", transport: "UDP", host: "192.0.2.7",
                    sentBy: "192.0.2.7:5062", port: 5062, branch: "z9hG4bKa", received: nil, rport: ";rport"))
    }

    @Test("RFC 3261 §25.1: white space around slash, colon, semicolon and equals sign")
    func whiteSpace() {
        let read = parts(" sip /\t2.0 / \r\n tls   gate.example.net : 5061 ; branch\t=  z9 ;\r\n received = 192.0.2.1 \r\n\t")
        #expect(read?.transport == "tls" && read?.host == "gate.example.net" && read?.port == 5061)
        #expect(read?.branch == "z9" && read?.received == ";\r\n received = 192.0.2.1")
        #expect(read?.value.hasSuffix("192.0.2.1") == true)
        #expect(read?.rest == nil)
    }

    @Test("RFC 3261 §21.5.6: a Via of another version is read, so that its request can be answered")
    func version() { #expect(parts("SIP/7.0/UDP h;branch=a")?.branch == "a") }

    @Test("RFC 3261 §7.3.1: several values in a row, commas in quotes are none of theirs")
    func rows() {
        let read = parts("SIP/2.0/UDP a;x=\"1,2\";branch=1 ,\r\n  SIP/2.0/TCP b:5 , SIP/2.0/UDP c")
        #expect(read?.value == "SIP/2.0/UDP a;x=\"1,2\";branch=1")
        #expect(read?.rest == "SIP/2.0/TCP b:5 , SIP/2.0/UDP c")
        #expect(read?.rest.flatMap(parts)?.sentBy == "b:5")
        #expect(read?.rest.flatMap(parts)?.rest.flatMap(parts)?.host == "c")
    }

    @Test(
        "RFC 3261 §25.1: what is no Via",
        arguments: [
            "", "SIP", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0/ h", "SIP//UDP h", "HTTP/2.0/UDP h", "SIP/2.0/UDP ;x",
            "SIP/2.0/UDP h;", "SIP/2.0/UDP h;;x", "SIP/2.0/UDP h;=x", "SIP/2.0/UDP h;x=", "SIP/2.0/UDP h x", "SIP/2.0/UDP h:",
            "SIP/2.0/UDP h:0", "SIP/2.0/UDP h:65536", "SIP/2.0/UDP h:x", "SIP/2.0/UDP h:-1", "SIP/2.0/UDP h,",
            "SIP/2.0/UDP h,,x",
            "SIP/2.0/UDP [2001:db8::1", "SIP/2.0/UDP [nothing]", "SIP/2.0/UDP 2001:db8::1", "SIP/2.0/UDP h\"x\"",
            "SIP/2.0/UDP h;x=\"open", "SIP/2.0/UDP h;x=<open", ",SIP/2.0/UDP h", "SIP/2.0/UDP <h>",
            "SIP/2.0/UDP h;branch=a;branch=b",
            "SIP/2.0/UDP h;rport;rport=1", "SIP/2.0/UDP h;received=1.2.3.4;RECEIVED=1.2.3.5", "SIP/2.0/UDP h;branch=a b",
        ])
    func none(_ text: String) { #expect(parts(text) == nil) }

    @Test("RFC 3261 §7.3.1: a branch without a value and another with one are two")
    func branchTwice() {
        #expect(parts("SIP/2.0/UDP h;branch;branch=z9hG4bKa") == nil)
    }

    @Test(
        "RFC 3261 §25.1: hosts",
        arguments: [
            "h", "a-b.example.net", "under_score", "192.0.2.1", "[2001:db8::1]", "[::]", "[::ffff:192.0.2.1]", "h.", "1",
            "999.1.1.1",
        ])
    func hosts(_ host: String) {
        #expect(parts("SIP/2.0/UDP \(host)")?.host == host)
        #expect(parts("SIP/2.0/UDP \(host);branch=1")?.sentBy == host)
        #expect(parts("SIP/2.0/UDP \(host):5070,SIP/2.0/UDP x")?.sentBy == "\(host):5070")
    }

    @Test("RFC 3261 §18.2.2: the port of sent-by, or 5060")
    func sentByPort() {
        let ports = ["SIP/2.0/UDP h", "SIP/2.0/UDP h:5060", "SIP/2.0/UDP h:7"].map { reading($0) { Via($0, $1)?.sentByPort } }
        #expect(ports == [5060, 5060, 7])
    }

    @Test(
        "RFC 3261 §18.2.2, RFC 3581 §4: where an answer goes",
        arguments: [
            ("SIP/2.0/UDP 192.0.2.1", "192.0.2.1:5060"), ("SIP/2.0/UDP 192.0.2.1:5070", "192.0.2.1:5070"),
            ("SIP/2.0/UDP h:5070;received=192.0.2.9", "192.0.2.9:5070"),
            ("SIP/2.0/UDP h:5070;rport=7777;received=192.0.2.9", "192.0.2.9:7777"),
            ("SIP/2.0/UDP 192.0.2.1;rport=7777", "192.0.2.1:7777"), ("SIP/2.0/UDP 192.0.2.1:9;rport", "192.0.2.1:9"),
            ("SIP/2.0/UDP h;received=2001:db8::9", "[2001:db8::9]:5060"),
            ("SIP/2.0/UDP h;received=[2001:db8::9]", "[2001:db8::9]:5060"),
            ("SIP/2.0/UDP [2001:db8::9]:5070", "[2001:db8::9]:5070"), ("SIP/2.0/UDP [::ffff:192.0.2.1]", "192.0.2.1:5060"),
            ("SIP/2.0/UDP 192.0.2.1;maddr=203.0.113.9", "192.0.2.1:5060"), ("SIP/2.0/UDP h", nil),
            ("SIP/2.0/UDP h;received", nil), ("SIP/2.0/UDP h;received=name", nil), ("SIP/2.0/UDP 192.0.2.1;rport=65536", nil),
            ("SIP/2.0/UDP 192.0.2.1;rport=x", nil), ("SIP/2.0/UDP 192.0.2.1;received=192.0.2.999", nil),
        ] as [(String, String?)])
    func responseDestination(_ text: String, _ destination: String?) {
        let read = reading(text) { bytes, range in Via(bytes, range)?.responseDestination(bytes)?.description }
        #expect(read == destination)
    }

    @Test("the quick reading of `SIP/2.0/UDP ` reads what the careful one reads")
    func quickReading() {
        for rest in ["h;branch=1", " h", "[::1]:5060", "", "\t\r\n h:7 ;rport", ", x"] {
            let quick = parts("SIP/2.0/UDP " + rest)
            var careful = parts("SIP /2.0/UDP " + rest)
            careful?.value = quick?.value ?? ""
            #expect(quick == careful)
        }
    }
}
