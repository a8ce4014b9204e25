// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@Suite("RFC 3986 as far as ATIS-1000074 has it: x5u")
struct CertificateURLTests {
    static func read(_ url: String) -> (scheme: CertificateURL.Scheme, host: String, port: UInt16, path: String)? {
        let text = Text(url)
        guard let read = CertificateURL(text.bytes.span, text.range) else { return nil }
        func part(_ range: ByteRange) -> String { String(decoding: text.bytes[range.start..<range.end], as: UTF8.self) }
        return (read.scheme, part(read.host), read.port, part(read.path))
    }

    @Test(
        arguments: [
            ("https://certs.example.com/a.pem", CertificateURL.Scheme.https, "certs.example.com", 443, "/a.pem"),
            ("http://certs.example.com/a.pem", .http, "certs.example.com", 80, "/a.pem"),
            ("HTTPS://Certs.Example.COM:8443/a/b%20c;d=e,f", .https, "Certs.Example.COM", 8443, "/a/b%20c;d=e,f"),
            ("https://h", .https, "h", 443, ""), ("https://h.", .https, "h.", 443, ""),
            ("https://h:1", .https, "h", 1, ""),
            ("https://h:65535/", .https, "h", 65535, "/"), ("https://192.0.2.1:443/x", .https, "192.0.2.1", 443, "/x"),
            ("https://[2001:db8::1]/x", .https, "[2001:db8::1]", 443, "/x"),
            ("https://[::1]:8443", .https, "[::1]", 8443, ""),
            ("https://a_b-c.d/x@y", .https, "a_b-c.d", 443, "/x@y"),
            ("https://1a.example/x", .https, "1a.example", 443, "/x"),
            ("https://127.0.0.1.example/", .https, "127.0.0.1.example", 443, "/"),
            ("http://127.0.50.1:80/", .http, "127.0.50.1", 80, "/"),
        ] as [(String, CertificateURL.Scheme, String, UInt16, String)])
    func accepts(_ url: String, _ scheme: CertificateURL.Scheme, _ host: String, _ port: UInt16, _ path: String) throws {
        let read = try #require(Self.read(url))
        #expect(read == (scheme, host, port, path))
    }

    @Test(arguments: [
        // no URL, another scheme
        "", "x.pem", "/x.pem", "//h/x", "%%%", "https:", "https:/", "https://", "https:///x", "https:h/x",
        "https:\\\\h\\x",
        "file:///etc/passwd", "ftp://h/x", "gopher://h/x", "data:,x", "javascript:x", "httpss://h/x", "xhttps://h/x",
        " https://h/x",
        // user information, query, fragment
        "https://u@h/x", "https://u:p@h/x", "https://good@127.0.0.1/", "https://@h/", "https://h/x?y", "https://h?y",
        "https://h/x#y",
        "https://h#@good/", "https://h/x?", "https://h/x#",
        // ports
        "https://h:/x", "https://h:0/x", "https://h:65536/x", "https://h:99999/x", "https://h:123456/x",
        "https://h:80a/x",
        "https://h:-1/x", "https://h:+443/x", "https://h:443:443/x", "https://h: 443/x", "https://:443/x",
        "https://h:00000443/x",
        // hosts that are read in more than one way
        "https://0x7f.1/", "https://0x7f000001/", "https://127.1/", "https://2130706433/", "https://0177.0.0.1/",
        "https://127.0.0.01/", "https://256.0.0.1/", "https://1.2.3.4.5/", "https://1.2.3.4./", "https://a.1/",
        "https://a.0x1/",
        "https://1.2.3.0x4/", "https://a..b/", "https://.a/", "https://./", "https://..", "https://a.b../",
        "https://a%2eb/", "https://%31/",
        "https://[::1/", "https://::1/", "https://[]/", "https://[::g]/", "https://[::1%25eth0]/", "https://[::1]x/",
        "https://[127.0.0.1]/",
        "https://[::1]]/", "https://a[b]/", "https://a,b/", "https://a;b/", "https://a*b/", "https://a~b/",
        // octets that a header, a log, JSON or a browser reads differently
        "https://h/a b", "https://h/a\tb", "https://h/a\rb", "https://h/a\nb", "https://h/\r\nX: y", "https://h/\u{0}",
        "https://h/\u{7f}",
        "https://h/\\r\\n", "https://h\\@g/", "https://h/\"", "https://h/<", "https://h/>", "https://h/`",
        "https://h/{a}", "https://h/|",
        "https://h/[", "https://h/a]b", "https://h/[::1]", "https://[::1]/[x]",
        "https://h/^", "https://h/é", "https://é/", "https://h/%", "https://h/%2", "https://h/%zz",
    ])
    func refuses(_ url: String) { #expect(Self.read(url) == nil) }

    @Test func length() {
        #expect(Self.read("https://h/" + String(repeating: "x", count: 1014)) != nil)
        #expect(Self.read("https://h/" + String(repeating: "x", count: 1015)) == nil)
        #expect(Self.read("https://" + String(repeating: "x", count: 63) + ".example/") != nil)
        #expect(Self.read("https://" + String(repeating: "x", count: 64) + ".example/") == nil)
        #expect(Self.read("https://" + String(repeating: "abc.", count: 64) + "example/") == nil)
    }

    @Test("no prefix reads beyond its end") func truncation() {
        for url in ["https://[2001:db8::1]:8443/a%20b", "https://127.0.0.1:443/x"] {
            for length in 0...url.utf8.count { _ = Self.read(String(url.prefix(length))) }
        }
    }
}
