// SPDX-License-Identifier: Apache-2.0

/// A message to be varied: each test changes what it is about and leaves the rest as it is.
struct MessageText {
    var startLine: String
    var fields: [(name: String, value: String)]
    var body = ""

    /// The message with CR LF at every line's end.
    var text: String {
        startLine + "\r\n" + fields.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n" + body
    }

    /// The message with another start line.
    func starting(_ line: String) -> MessageText {
        var changed = self
        changed.startLine = line
        return changed
    }

    /// The message with another value of a field, in its place.
    func with(_ name: String, _ value: String) -> MessageText {
        var changed = self
        for i in changed.fields.indices where changed.fields[i].name == name { changed.fields[i].value = value }
        return changed
    }

    /// The message with another name of a field, in its place.
    func renaming(_ name: String, _ other: String) -> MessageText {
        var changed = self
        for i in changed.fields.indices where changed.fields[i].name == name { changed.fields[i].name = other }
        return changed
    }

    /// The message without a field.
    func without(_ name: String) -> MessageText {
        var changed = self
        changed.fields.removeAll { $0.name == name }
        return changed
    }

    /// The message with a further field at the end.
    func adding(_ name: String, _ value: String) -> MessageText {
        var changed = self
        changed.fields.append((name, value))
        return changed
    }

    /// The message with so many more fields at the end.
    func repeating(_ name: String, _ value: String, _ count: Int) -> MessageText {
        var changed = self
        changed.fields += Array(repeating: (name, value), count: count)
        return changed
    }

    /// The message with a body.
    func carrying(_ body: String) -> MessageText {
        var changed = self
        changed.body = body
        return changed
    }
}

extension MessageText {
    /// A request with the fields that every request has.
    static let invite = MessageText(
        startLine: "INVITE sip:+12025550142@pbx.example.net SIP/2.0",
        fields: [
            ("Via", "SIP/2.0/UDP 192.0.2.7:5062;rport;branch=z9hG4bKkite77"),
            ("Max-Forwards", "70"),
            ("From", "\"Harbour Office\" <sip:+12025550123@192.0.2.7>;tag=h4rb0ur"),
            ("To", "<sip:+12025550142@pbx.example.net>"),
            ("Call-ID", "pier-9.31@192.0.2.7"),
            ("CSeq", "314 INVITE"),
            ("Contact", "<sip:+12025550123@192.0.2.7:5062>"),
            ("Content-Length", "0"),
        ])

    /// An answer.
    static let ringing = MessageText(
        startLine: "SIP/2.0 180 Ringing",
        fields: [
            ("Via", "SIP/2.0/UDP 198.51.100.2;branch=z9hG4bKours, SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKkite77"),
            ("From", "<sip:+12025550123@192.0.2.7>;tag=h4rb0ur"),
            ("To", "<sip:+12025550142@pbx.example.net>;tag=ring-1"),
            ("Call-ID", "pier-9.31@192.0.2.7"),
            ("CSeq", "314 INVITE"),
            ("Content-Length", "0"),
        ])

    /// Five messages with what a header section can hold, for tests that damage them.
    static let variety: [MessageText] = [
        invite, ringing,
        MessageText(
            startLine: "INVITE tel:+442079460018;phone-context=example.com SIP/2.0",
            fields: [
                ("v", "SIP / 2.0 / UDP\r\n [2001:db8::9:1]:5060 ;branch=z9hG4bKfold ; received=2001:db8::77"),
                ("f", "sip:anonymous@anonymous.invalid;tag=none-of-it"), ("t", "tel:+442079460018"),
                ("i", "folded{call}"), ("CSeq", "0009\r\n\tINVITE"), ("Max-Forwards  ", "0068"),
                ("Identity", "eyJh.eyJi.c2ln;info=<https://cert.example.org/a.pem>;alg=ES256;ppt=shaken"),
                ("P-Asserted-Identity", "\"A \\\"B\\\" C\" <sip:+442079460123@example.com;user=phone>, <tel:+442079460123>"),
                ("l", "5"),
            ], body: "v=0\r\n"),
        MessageText(
            startLine: "BYE sip:192.0.2.99:5070;transport=udp SIP/2.0",
            fields: [
                ("Route", "<sip:203.0.113.1;lr>, <sip:203.0.113.2;lr;x=\"a,b\">"), ("To", "Bob B. <sip:bob@example.net>;tag=b"),
                ("From", "Alice <sips:alice:secret@example.org:5061;maddr=192.0.2.1>;tag=a"), ("CSeq", "4294967295 BYE"),
                ("Call-ID", "a84b4c76e66710"), ("Via", "SIP/2.0/UDP pc33.example.org"), ("Subject", ""),
            ]),
        MessageText(
            startLine: "OPTIONS sip:198.51.100.2 SIP/2.0",
            fields: [
                ("Via", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1;rport=9;received=192.0.2.8"), ("From", "<sip:a@b>;tag=1"),
                ("To", "<sip:c@d>"), ("Call-ID", "x"), ("CSeq", "1 OPTIONS"), ("Proxy-Require", "none, other"),
            ]),
    ]
}
