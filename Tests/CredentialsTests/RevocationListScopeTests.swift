// SPDX-License-Identifier: Apache-2.0
// Lists that are refused as a whole, and long ones.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct RevocationListScopeTests {
    typealias Entry = DraftRevocationList.Entry

    let administrator: PolicyAdministrator

    init() throws {
        administrator = try PolicyAdministrator()
    }

    func problem(_ entries: [Entry], extensions: [[UInt8]]) throws -> String {
        var draft = administrator.draft(entries)
        draft.extensions = extensions
        let error = try #require(throws: CredentialError.self) {
            try RevocationList.all(in: draft.der(signedBy: administrator.key))
        }
        #expect(ERR_peek_error() == 0)
        return error.problem
    }

    static func point(_ content: [UInt8]) -> [UInt8] {
        DraftRevocationList.ext([0x55, 0x1D, 0x1C], isCritical: true, content)
    }

    static let unknown = DraftRevocationList.ext([0x2A, 0x03, 0x04], isCritical: true, [0x05, 0x00])
    static let indirect = DraftRevocationList.indirect

    static let lists: [(String, [[UInt8]])] = [
        ("the critical extension 1.2.3.4, which is unknown", [unknown]),
        ("delta", [DraftRevocationList.ext([0x55, 0x1D, 0x1B], isCritical: true, [0x02, 0x01, 0x01])]),
        ("delta", [DraftRevocationList.ext([0x55, 0x1D, 0x1B], isCritical: false, [0x02, 0x01, 0x01])]),
        ("malformed or double", [point([0x05, 0x00])]), ("malformed or double", [point([])]),
        ("malformed or double", [indirect, indirect]),
        ("attribute certificates", [point([0x30, 0x03, 0x85, 0x01, 0xFF])]),
    ]

    @Test("RFC 5280 §5.2: what is not understood", arguments: lists)
    func refuses(words: String, extensions: [[UInt8]]) throws {
        #expect(try problem([], extensions: extensions).contains(words))
    }

    static let name = try? DraftRevocationList.certificateIssuer(named: Lab().issuing.certificate)
    static let uri = DraftRevocationList.ext(
        DraftRevocationList.certificateIssuerIdentifier, isCritical: true,
        DERElement.encoded(DERElement.sequence, DERElement.encoded(0x86, Array("https://a.example".utf8))))
    static func reason(_ content: [UInt8]) -> [UInt8] {
        DraftRevocationList.ext([0x55, 0x1D, 0x15], isCritical: false, content)
    }

    static let entries: [(String, [[UInt8]])] = [
        ("the critical extension 1.2.3.4, which is unknown", [unknown]),
        ("no directory name", [uri]),
        ("certificateIssuer in the revocation list is malformed", [name ?? [], name ?? []]),
        (
            "certificateIssuer in the revocation list is malformed",
            [DraftRevocationList.ext(DraftRevocationList.certificateIssuerIdentifier, isCritical: true, [0x05, 0x00])]
        ),
        ("reasonCode in the revocation list is malformed", [reason([0x30, 0x00])]),
        ("reasonCode in the revocation list is malformed", [reason([0x0A, 0x01, 0x01]), reason([0x0A, 0x01, 0x01])]),
    ]

    @Test("RFC 5280 §5.3: entries that are not understood, anywhere in the list", arguments: entries)
    func refusesEntries(words: String, extensions: [[UInt8]]) throws {
        let good = Entry([1], [Self.name ?? []])
        #expect(try problem([Entry([2], extensions)], extensions: [Self.indirect]).contains(words))
        #expect(try problem([good, Entry([2], extensions)], extensions: [Self.indirect]).contains(words))
        #expect(try problem([Entry([2], extensions), good], extensions: [Self.indirect]).contains(words))
    }

    @Test("RFC 5280 §5.2.5: only an indirect list names other issuers")
    func otherIssuerInDirectList() throws {
        let entry = Entry([1], [try #require(Self.name)])
        for extensions in [[], [Self.point([0x30, 0x00])], [Self.point([0x30, 0x03, 0x81, 0x01, 0xFF])]] {
            #expect(try problem([entry], extensions: extensions).contains("not indirect"))
        }
    }

    @Test("every changed byte: never a trap, and never a list that somebody answers for")
    func survivesChanges() throws {
        let entries = [Entry([1], [try #require(Self.name)]), Entry([2], [Self.reason([0x0A, 0x01, 0x01])])]
        let der = try administrator.draft(entries).der(signedBy: administrator.key)
        for index in der.indices {
            for bit in [0, 4, 7] {
                var changed = der
                changed[index] ^= 1 << bit
                guard let list = try? RevocationList(der: changed) else { continue }
                let issuer = try? list.configuredIssuer(among: [administrator.certificate])
                #expect(issuer == nil, "byte \(index), bit \(bit)")
            }
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test("100,000 entries of 50 issuers are read and searched", .timeLimit(.minutes(1)))
    func long() throws {
        let lab = try Lab()
        let names = try (0..<50).map { number in
            let authority = try LabAuthority(
                commonName: "STI-CA \(number)", notBefore: Lab.validity.from, notAfter: Lab.validity.to)
            return try DraftRevocationList.certificateIssuer(named: authority.certificate)
        }
        var entries = (0..<100_000).map { number in
            let serial = withUnsafeBytes(of: (UInt64(number) &* 0x9E37_79B9_7F4A_7C15).bigEndian) { [1] + $0 }
            return Entry(serial, number % 2000 == 0 ? [names[number / 2000]] : [])
        }
        let leaf = try lab.leaf()
        entries.append(try Entry(leaf, namesIssuer: true))
        let file = try administrator.file(administrator.draft(entries))
        var trust: TrustStore?
        let loading = try ContinuousClock().measure { trust = try lab.trust(RevocationList.all(in: file)) }
        // A second in a release build; this one may be a debug build on a busy machine.
        #expect(loading < .seconds(5))
        #expect(trust?.credential(for: [leaf, lab.issuing.certificate], at: Lab.now).failure == .revoked)
        #expect(try trust?.credential(for: [lab.leaf(), lab.issuing.certificate], at: Lab.now).failure == nil)
    }
}
