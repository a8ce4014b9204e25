// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@Suite("RFC 8224 §4: the Identity header field")
struct IdentityHeaderTests {
    private struct Parts: Equatable {
        var header, payload, signature, info, alg, ppt: String
    }

    private func read(_ value: String) -> Parts? {
        let text = Text(value)
        guard let identity = IdentityHeader(text.bytes.span, text.range) else { return nil }
        func part(_ range: ByteRange) -> String { String(decoding: text.bytes[range.start..<range.end], as: UTF8.self) }
        return Parts(
            header: part(identity.header), payload: part(identity.payload), signature: part(identity.signature),
            info: part(identity.info), alg: part(identity.alg), ppt: part(identity.ppt))
    }

    @Test(
        "every spelling of the same",
        arguments: [
            "aa.bb.cc;info=<https://x/y>;alg=ES256;ppt=shaken",
            "aa.bb.cc;info=<https://x/y>;alg=\"ES256\";ppt=\"shaken\"",
            " aa.bb.cc ; info = <https://x/y> ; alg = ES256 ; ppt = shaken ",
            "aa.bb.cc;ppt=shaken;alg=ES256;info=<https://x/y>",
            "aa.bb.cc;INFO=<https://x/y>;Alg=ES256;PPT=shaken",
            "aa.bb.cc\r\n ;info=<https://x/y>\r\n\t;alg\r\n =ES256;ppt=\r\n shaken",
            "aa.bb.cc;canon=x;info=<https://x/y>;flag;alg=ES256;ppt=shaken;q=\"a;b\\\"c\"",
        ])
    func spellings(_ value: String) {
        #expect(
            read(value)
                == Parts(header: "aa", payload: "bb", signature: "cc", info: "https://x/y", alg: "ES256", ppt: "shaken")
        )
    }

    @Test func optionalParameters() {
        #expect(
            read("aa.bb.cc;info=<u>")
                == Parts(header: "aa", payload: "bb", signature: "cc", info: "u", alg: "", ppt: ""))
    }

    @Test func delimitersInsideTheURL() {
        #expect(read("aa.bb.cc;info=<https://x/a;b=c,d>;ppt=div")?.info == "https://x/a;b=c,d")
    }

    @Test func compactForm() throws {
        let text = Text("..cc;info=<https://x/y>;alg=ES256")
        let read = IdentityHeader(text.bytes.span, text.range)
        let identity = try #require(read)
        #expect(identity.isCompact)
        #expect(!identity.signature.isEmpty)
    }

    @Test(arguments: [
        "", ";", "aa.bb.cc", "aa.bb.cc;", "aa.bb;info=<u>", "aabbcc;info=<u>", "aa..cc;info=<u>", ".bb.cc;info=<u>",
        "aa.bb.cc.dd;info=<u>", "aa.bb.c=;info=<u>", "aa.b+b.cc;info=<u>", "aa.b/b.cc;info=<u>",
        "aa.bb.ccinfo=<u>;alg=ES256",
        "aa.bb.cc;info=<u>alg=ES256", "aa.bb.cc;info=u", "aa.bb.cc;info=<>", "aa.bb.cc;info", "aa.bb.cc;info=<u",
        "aa.bb.cc;alg=ES256",
        "aa.bb.cc;info=\"<u>\"", "aa.bb.cc;info=<u>;info=<u>", "aa.bb.cc;info=<u>;alg=ES256;ALG=ES256",
        "aa.bb.cc;info=<u>;ppt=shaken;ppt=shaken", "aa.bb.cc;info=<u>;ppt=\"shaken",
        "aa.bb.cc;info=<u>;ppt=\"sh\\aken\"",
        "aa.bb.cc;info=<u>;ppt=\"\"", "aa.bb.cc;info=<u>;ppt", "aa.bb.cc;info=<u>;ppt=", "aa.bb.cc;info=<u>;;alg=ES256",
        "aa.bb.cc, dd.ee.ff;info=<u>", "aa.bb.cc;info=<u>,x", "a a.bb.cc;info=<u>", ";;;,,<>\"..",
    ])
    func isMalformed(_ value: String) { #expect(read(value) == nil) }

    @Test("no prefix reads beyond its end") func truncation() {
        let value = "aa.bb.cc ; info=<https://x/y> ; alg=\"ES256\" ; ppt=shaken ; x=\"y\""
        for length in 0...value.utf8.count { _ = read(String(value.prefix(length))) }
    }
}
