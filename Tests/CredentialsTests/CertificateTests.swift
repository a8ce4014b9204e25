// SPDX-License-Identifier: Apache-2.0
// One certificate: what is read from it, and what is no certificate.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct CertificateTests {
    @Test func readsItsFields() throws {
        let lab = try Lab()
        let key = try PrivateKey.generate()
        let leaf = try lab.leaf(key: key)
        #expect(leaf.subject == "CN=SHAKEN 709J,O=Stirrup Lab,C=US")
        #expect(leaf.issuer == "CN=Test Issuing,O=Stirrup Lab,C=US")
        #expect(leaf.issuer == lab.issuing.certificate.subject)
        #expect(leaf.serialNumber.count == 32)
        #expect(leaf.notBefore == Lab.validity.from && leaf.notAfter == Lab.validity.to)
        #expect(!leaf.isAuthority && !leaf.isSelfSigned)
        #expect(leaf.matches(key))
        #expect(try !leaf.matches(.generate()))
        #expect(try leaf.tnAuthList() == Lab.spc.get())
        #expect(lab.root.certificate.isAuthority && lab.root.certificate.isSelfSigned)
        #expect(lab.issuing.certificate.isAuthority && !lab.issuing.certificate.isSelfSigned)
        #expect(try lab.root.certificate.tnAuthList() == nil)
    }

    @Test(
        "dates beyond 2050 and before 1970", arguments: [(-1, 0), (2_524_608_000, 253_402_300_799)] as [(Int64, Int64)])
    func farDates(from: Int64, to: Int64) throws {
        let certificate = try LabAuthority(commonName: "Far", notBefore: from, notAfter: to).certificate
        #expect(certificate.notBefore == from && certificate.notAfter == to)
    }

    @Test("a name is printable ASCII, whatever is in it")
    func printableName() throws {
        let lab = try Lab()
        let certificate = try lab.issuing.certificate(
            commonName: "a\nb\u{1B}[31m\u{7F}é\",=", for: .generate(), tnAuthList: nil,
            notBefore: Lab.validity.from, notAfter: Lab.validity.to)
        #expect(certificate.subject.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(certificate.subject.contains("\\0Ab"))
    }

    @Test("every block of a file, with text and other blocks between")
    func fromPEM() throws {
        let lab = try Lab()
        let text =
            try Array("# our anchors\n".utf8) + lab.root.certificate.pem() + Array("\r\nand\n".utf8)
            + PrivateKey.generate().pem() + lab.issuing.certificate.pem()
        let certificates = try Certificate.all(inPEM: text)
        #expect(certificates.map(\.subject) == [lab.root.certificate.subject, lab.issuing.certificate.subject])
    }

    @Test("lines may end with CR LF")
    func carriageReturns() throws {
        let pem = try Lab().root.certificate.pem().flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
        #expect(try Certificate.all(inPEM: pem).count == 1)
    }

    @Test func refusesWhatIsNone() throws {
        let pem = try Lab().root.certificate.pem()
        var broken = pem
        broken[40] = UInt8(ascii: "!")
        let key = try PrivateKey.generate().pem()
        for bytes in [[], Array("nothing".utf8), key, Array(pem.dropLast(30)), pem + Array(pem.dropLast(30)), broken] {
            #expect(throws: CredentialError.self) { try Certificate.all(inPEM: bytes) }
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test func refusesEveryTruncation() throws {
        let pem = try Lab().leaf().pem()
        let der = try #require(try PEM.blocks(labelled: "CERTIFICATE", in: pem).first)
        for length in 0..<der.count {
            #expect(throws: CredentialError.self) { try Certificate(der: Array(der.prefix(length))) }
        }
        #expect(throws: CredentialError.self) { try Certificate(der: der + [0]) }
        #expect(ERR_peek_error() == 0)
    }

    @Test("a changed byte anywhere never traps, and never gives a credential")
    func survivesChanges() throws {
        let lab = try Lab()
        let trust = try TrustStore(anchors: [lab.issuing.certificate])
        let pem = try lab.leaf().pem()
        let der = try #require(try PEM.blocks(labelled: "CERTIFICATE", in: pem).first)
        for index in der.indices {
            for bit in [0, 3, 7] {
                var changed = der
                changed[index] ^= 1 << bit
                guard let certificate = try? Certificate(der: changed) else { continue }
                _ = try? certificate.tnAuthList()
                #expect(trust.credential(for: [certificate], at: Lab.now).failure != nil, "byte \(index), bit \(bit)")
            }
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test("RFC 5280 §4.2: an extension that is there twice is an error, not the first of the two")
    func doubleExtension() throws {
        let other = try TNAuthList(serviceProviderCodes: ["812K"])
        let certificate = try Lab().leaf(extensions: Lab.extensions() + DraftExtension.stir(other, nil))
        #expect(throws: CredentialError.self) { try certificate.tnAuthList() }
    }

    @Test("only P-256 keys are public keys here")
    func otherKeys() throws {
        let lab = try Lab()
        for key in [try TestKey.ec("P-384"), try TestKey.rsa(bits: 2048)] {
            #expect(try lab.leaf(key: key, extensions: Lab.extensions()).publicKey == nil)
        }
    }
}
