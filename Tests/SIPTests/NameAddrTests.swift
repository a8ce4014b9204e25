// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("NameAddr: name-addr and addr-spec with their parameters")
struct NameAddrTests {
    struct Parts: Equatable {
        var displayName = "", uri = "", isBracketed = true, tag: String?
        var rest: String?
    }

    private func parts(_ text: String) -> Parts? {
        reading(text) { bytes, range in
            guard let read = NameAddr(bytes, range) else { return nil }
            return Parts(
                displayName: bytes.text(read.displayName), uri: bytes.text(read.uri.whole), isBracketed: read.isBracketed,
                tag: read.hasTag ? bytes.text(read.tag) : nil,
                rest: read.next == 0 ? nil : bytes.text(ByteRange(Int(read.next), range.end)))
        }
    }

    @Test(
        "RFC 3261 §20.10, §25.1: the forms of an address",
        arguments: [
            ("<sip:q@h>", Parts(uri: "sip:q@h")),
            ("sip:q@h", Parts(uri: "sip:q@h", isBracketed: false)),
            ("  <sip:q@h>  ", Parts(uri: "sip:q@h")),
            ("Quay <sip:q@h>;tag=1", Parts(displayName: "Quay", uri: "sip:q@h", tag: "1")),
            ("Low Tide\t<sip:q@h>", Parts(displayName: "Low Tide", uri: "sip:q@h")),
            ("Quay<sip:q@h>", Parts(displayName: "Quay", uri: "sip:q@h")),
            ("\"\"<sip:q@h>", Parts(displayName: "\"\"", uri: "sip:q@h")),
            ("\"a, <b>;tag=x\" <sip:q@h>;tag=y", Parts(displayName: "\"a, <b>;tag=x\"", uri: "sip:q@h", tag: "y")),
            ("\"a \\\" b\\\\\" <sip:q@h>", Parts(displayName: "\"a \\\" b\\\\\"", uri: "sip:q@h")),
            ("<sip:q@h;tag=u>;tag=v", Parts(uri: "sip:q@h;tag=u", tag: "v")),
            ("<sip:q@h;tag=u>", Parts(uri: "sip:q@h;tag=u")),
            ("sip:q@h;tag=v;x=y", Parts(uri: "sip:q@h", isBracketed: false, tag: "v")),
            ("sip:q@h?a=b", nil),
            ("<sip:q@h?a=b>", Parts(uri: "sip:q@h?a=b")),
            ("tel:+1-202-555-0123;tag=t", Parts(uri: "tel:+1-202-555-0123", isBracketed: false, tag: "t")),
            ("<sip:q@h>\r\n ; TAG\t= z ; x=\"q;tag=n\"", Parts(uri: "sip:q@h", tag: "z")),
            ("<sip:[2001:db8::1]:5060>", Parts(uri: "sip:[2001:db8::1]:5060")),
            ("<sip:q@h\r\n ;user=phone ; x >;tag=a", Parts(uri: "sip:q@h", tag: "a")),
            ("<sip:a@h>, B <sip:b@h>;x , sip:c@h", Parts(uri: "sip:a@h", rest: "B <sip:b@h>;x , sip:c@h")),
            ("sip:a@h,sip:b@h", Parts(uri: "sip:a@h", isBracketed: false, rest: "sip:b@h")),
        ] as [(String, Parts?)])
    func forms(_ text: String, _ expected: Parts?) { #expect(parts(text) == expected) }

    @Test(
        "RFC 3261 §25.1: what is no address, or one that two readers would read differently",
        arguments: [
            "", " ", "<>", "<sip:>", "<sip:q@h", "sip:q@h>", "<<sip:q@h>>", "\"open <sip:q@h>", "\"a\" sip:q@h", "\"a\"", "\"a",
            "\"a\\", "\"a\\\"", "a\"b\" <sip:q@h>", "a, b <sip:q@h>", "a@b <sip:q@h>", "a;b <sip:q@h>", "<sip:q@h> x",
            "<sip:q@h>x",
            "<sip:q@h>;", "<sip:q@h>;=", "<sip:q@h>;tag", "<sip:q@h>;tag=", "<sip:q@h>;tag=a;tag=b", "<sip:q@h>;tag=a;TAG=a",
            "<sip:q@h>,",
            "<sip:q@h> , ", "<sip: q@h>", "< sip:q@h>", "<sip:q @h>", "<sip:q@h@i>", "<sip:q@h>;x=\"open", "no-colon",
            "<no-colon>",
            "<sip:q@h>;tag=\"\"", "<sip:q@h>;tag=<a>", "<sip:q@h ;x=\">;y=\"z\"", "<sip:q@h ;<sip:r>", "<sip:q@h ;x\\y>",
            "<sip:q@h ;@>",
            "q <sip:q@h> <sip:r@h>", "sip:q@h<sip:r@h>", "Q: x <sip:q@h>", "> <sip:q@h>", "sip:q@h r", "<1sip:q@h>", "<:q@h>",
        ])
    func none(_ text: String) { #expect(parts(text) == nil) }

    @Test("RFC 3261 §20.34: a list is walked from value to value")
    func list() {
        var text = "<sip:1.example;lr>, \"x, y\" <sip:2.example>;a=\"b,c\",\r\n <sip:3.example;lr>;tag=t"
        var uris: [String] = []
        while let read = parts(text) {
            uris.append(read.uri)
            text = read.rest ?? ""
        }
        #expect(uris == ["sip:1.example;lr", "sip:2.example", "sip:3.example;lr"])
    }

    @Test("the whole value reaches to the last parameter and no further")
    func value() {
        for (text, value) in [
            ("  \"a\" <sip:q@h> ; x = y  ", "\"a\" <sip:q@h> ; x = y"), ("sip:q@h  ,<sip:r@h>", "sip:q@h"),
            ("<sip:q@h>\r\n ;lr\r\n ", "<sip:q@h>\r\n ;lr"),
        ] {
            let read = reading(text) { bytes, range in NameAddr(bytes, range).map { bytes.text($0.value) } }
            #expect(read == value)
        }
    }

    @Test("random text is read without a trap, and what is found lies in it")
    func noise() {
        var generator = SeededGenerator(seed: 12)
        let memory = GuardedMemory(capacity: 64)
        var outside = 0, sound = 0
        for _ in 0..<40_000 {
            let text =
                Array("<sip:a@b>".utf8)[0..<generator.below(10)]
                + generator.bytes(generator.below(24), of: "<>\"\\;,=: @?sip:tag")
            memory.withMessage(Array(text)) { bytes, count in
                if let read = NameAddr(bytes, ByteRange(0, count)) {
                    sound += 1
                    let ranges = [read.value, read.uri.whole, read.uri.host, read.tag, read.displayName]
                    for range in ranges where range.end > count || range.lower > range.upper { outside += 1 }
                    if Int(read.next) >= count && read.next != 0 { outside += 1 }
                }
                _ = Via(bytes, ByteRange(0, count))
                _ = bytes.parameter(at: 0, to: count)
            }
        }
        #expect(outside == 0 && sound > 500)
    }
}
