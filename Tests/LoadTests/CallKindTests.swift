// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Load

@Suite("CallMix: shares of kinds")
struct CallKindTests {
    @Test("every stretch of the load has the shares, as near as whole calls can come")
    func evenly() throws {
        let mix = try #require(CallMix("A=50,unsigned=30,spoofed=20"))
        let kinds = mix.kinds(count: 1000)
        for start in stride(from: 0, to: 1000, by: 10) {
            let part = kinds[start..<(start + 10)]
            #expect(part.count { $0 == .signedA } == 5)
            #expect(part.count { $0 == .unsigned } == 3)
            #expect(part.count { $0 == .spoofed } == 2)
        }
    }

    @Test("a kind of weight 0 is left out, and every kind has a name that is read")
    func names() throws {
        #expect(try #require(CallMix("A=0,B=1")).kinds(count: 3) == [.signedB, .signedB, .signedB])
        for kind in CallKind.allCases {
            #expect(try #require(CallMix("\(kind.name)=1")).kinds(count: 1) == [kind])
        }
        #expect(CallMix("unsigned=1")?.hasSigned == false && CallMix("unsigned=1,stale=1")?.hasSigned == true)
    }

    @Test("what is no mix is refused", arguments: ["", "A", "A=", "A=x", "A=-1", "D=1", "A=1,A=2", "A=0", "A=1,"])
    func refused(_ text: String) { #expect(CallMix(text) == nil) }
}
