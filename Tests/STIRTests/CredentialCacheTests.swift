// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite struct CredentialCacheTests {
    private enum Found: Equatable {
        case credential
        case failed(VerificationFailure)
        case timedOut, missing
    }

    private func found(_ cache: inout CredentialCache, _ url: String, at now: Int64 = 0) -> Found {
        let text = Text(url)
        switch cache.lookup(text.bytes.span, text.range, at: now) {
        case .credential: return .credential
        case .failed(let failure, _, _): return .failed(failure)
        case .timedOut: return .timedOut
        case .missing: return .missing
        }
    }

    @Test func keepsEntriesUntilTheyExpire() {
        var cache = CredentialCache(key: (1, 2), capacity: 64)
        cache.insert(url: Array("https://h/a".utf8), .failed(.badInfo), expires: 10)
        cache.insert(url: Array("https://h/b".utf8), .timedOut, expires: 20)
        let before = [
            found(&cache, "https://h/a", at: 9), found(&cache, "https://h/b", at: 9), found(&cache, "https://h/c"),
        ]
        #expect(before == [.failed(.badInfo), .timedOut, .missing])
        let after = [found(&cache, "https://h/a", at: 10), found(&cache, "https://h/b", at: 10)]
        #expect(after == [.missing, .timedOut])
    }

    @Test("the key is the exact bytes of the URL") func exactBytes() {
        var cache = CredentialCache(key: (1, 2), capacity: 8)
        cache.insert(url: Array("https://h/a".utf8), .timedOut, expires: 10)
        for other in ["https://h/A", "https://h/a ", "https://h/", "https://h/ab", "HTTPS://h/a", ""] {
            let entry = found(&cache, other)
            #expect(entry == .missing)
        }
    }

    @Test func replacesAndForgets() {
        var cache = CredentialCache(key: (1, 2), capacity: 64)
        let url = Array("https://h/a".utf8)
        cache.insert(url: url, .timedOut, expires: 10)
        cache.insert(url: url, .failed(.unsupportedCredential), expires: 10)
        let replaced = found(&cache, "https://h/a")
        #expect(replaced == .failed(.unsupportedCredential))
        cache.insert(url: url, .missing, expires: 10)
        let removed = found(&cache, "https://h/a")
        #expect(removed == .missing)
        cache.insert(url: url, .timedOut, expires: 10)
        cache.removeAll()
        let cleared = found(&cache, "https://h/a")
        #expect(cleared == .missing)
    }

    @Test("a credential counts only within its dates") func credentialDates() throws {
        let lab = try Lab()
        let signer = try lab.signer(isCached: false, days: 30)
        var cache = CredentialCache(key: (1, 2), capacity: 64)
        cache.insert(url: Array(signer.url.utf8), .credential(signer.credential), expires: .max)
        let end = signer.credential.notAfter
        let start = signer.credential.notBefore
        let entries = [start - 1, start, end, end + 1].map { $0 }
        var seen: [Found] = []
        for time in entries { seen.append(found(&cache, signer.url, at: time)) }
        #expect(seen == [.failed(.unsupportedCredential), .credential, .credential, .failed(.unsupportedCredential)])
    }

    @Test("of a full row the least recently used entry gives way") func leastRecentlyUsed() {
        var cache = CredentialCache(key: (1, 2), capacity: 8)
        for number in 0..<8 { cache.insert(url: Array("https://h/\(number)".utf8), .timedOut, expires: 10) }
        _ = found(&cache, "https://h/0")
        cache.insert(url: Array("https://h/8".utf8), .timedOut, expires: 10)
        var seen: [Found] = []
        for number in 0..<9 { seen.append(found(&cache, "https://h/\(number)")) }
        #expect(seen == [.timedOut, .missing] + [Found](repeating: .timedOut, count: 7))
    }

    @Test("URLs without a certificate give way before certificates do") func failuresGiveWay() throws {
        let signer = try Lab().signer(isCached: false)
        var cache = CredentialCache(key: (1, 2), capacity: 8)
        cache.insert(url: Array(signer.url.utf8), .credential(signer.credential), expires: .max)
        for number in 0..<1000 { cache.insert(url: Array("https://h/\(number)".utf8), .timedOut, expires: 10) }
        let seen = [found(&cache, signer.url, at: signer.credential.notBefore), found(&cache, "https://h/999")]
        #expect(seen == [.credential, .timedOut])
    }

    @Test("that an entry is used is told now and then, if at all") func notedUse() {
        var cache = CredentialCache(key: (1, 2), capacity: 64)
        cache.insert(url: Array("https://h/a".utf8), .timedOut, expires: 1000, noteUseEvery: 10)
        cache.insert(url: Array("https://h/b".utf8), .timedOut, expires: 1000)
        var noted: [String?] = []
        func take(_ cache: inout CredentialCache, at now: Int64) {
            noted.append(cache.takeNoted(at: now).map { String(decoding: $0, as: UTF8.self) })
        }
        take(&cache, at: 1)
        for time: Int64 in [1, 2, 10, 11] {
            _ = found(&cache, "https://h/a", at: time)
            _ = found(&cache, "https://h/b", at: time)
            take(&cache, at: time)
        }
        take(&cache, at: 30)
        #expect(noted == [nil, "https://h/a", nil, nil, "https://h/a", nil])
    }

    @Test("holds thousands, and is bounded") func capacity() {
        var cache = CredentialCache(key: (3, 4))
        for number in 0..<20_000 { cache.insert(url: Array("https://h/\(number)".utf8), .timedOut, expires: 10) }
        var kept = 0
        for number in 0..<20_000 where found(&cache, "https://h/\(number)") == .timedOut { kept += 1 }
        #expect((8000...8192).contains(kept))
    }

    @Test func refusesWhatIsNoURL() {
        var cache = CredentialCache(key: (1, 2), capacity: 8)
        let huge = String(repeating: "x", count: 1025)
        cache.insert(url: [], .timedOut, expires: 10)
        cache.insert(url: Array(huge.utf8), .timedOut, expires: 10)
        let seen = [found(&cache, ""), found(&cache, huge)]
        #expect(seen == [.missing, .missing])
    }

    // MARK: - Tables

    /// Verifies `count` times with the key at `url`; how often it had a table.
    private func verify(_ cache: inout CredentialCache, _ url: String, _ count: Int) -> Int {
        let text = Text(url)
        var tables = 0
        for _ in 0..<count where cache.verificationTable(text.bytes.span, text.range) != nil { tables += 1 }
        return tables
    }

    @Test(
        "a key that is used often asks for a table, and again while it stays in use; the table is used until it is taken away")
    func hotKeys() throws {
        let lab = try Lab(), signer = try lab.signer(isCached: false), other = try lab.signer(isCached: false)
        var cache = CredentialCache(key: (1, 2), capacity: 64)
        let url = Array(signer.url.utf8)
        cache.insert(url: url, .credential(signer.credential), expires: .max)
        var used = verify(&cache, signer.url, 15), asked = cache.takeHotKeys().count
        #expect(used == 0 && asked == 0)
        used = verify(&cache, signer.url, 1)
        let hot = cache.takeHotKeys()
        #expect(hot.map(\.url) == [url] && hot.first?.publicKey == signer.credential.publicKey)
        let table = try #require(VerificationTable(for: signer.credential.publicKey))
        let foreign = try #require(VerificationTable(for: other.credential.publicKey))
        cache.setVerificationTable(foreign, url: url)
        used = verify(&cache, signer.url, 1)
        #expect(used == 0, "the table of another key is not kept")
        cache.setVerificationTable(table, url: url)
        used = verify(&cache, signer.url, 2048)
        asked = cache.takeHotKeys().count
        #expect(used == 2048 && asked == 1)
        cache.insert(url: url, .credential(signer.credential), expires: .max)
        used = verify(&cache, signer.url, 10)
        #expect(used == 10, "the same key, fetched again")
        cache.setVerificationTable(nil, url: url)
        used = verify(&cache, signer.url, 10)
        #expect(used == 0)
        cache.setVerificationTable(table, url: url)
        cache.insert(url: url, .credential(other.credential), expires: .max)
        used = verify(&cache, signer.url, 10)
        #expect(used == 0, "another key behind the same URL")
    }

    @Test("what is no credential has no table, and more hot keys than can be noted are noted later")
    func manyHotKeys() throws {
        let lab = try Lab(), signer = try lab.signer(isCached: false)
        var cache = CredentialCache(key: (1, 2), capacity: 1024)
        cache.insert(url: Array("https://h/none".utf8), .timedOut, expires: .max)
        _ = verify(&cache, "https://h/none", 200)
        _ = verify(&cache, "https://h/unknown", 200)
        for number in 0..<100 {
            cache.insert(url: Array("https://h/\(number)".utf8), .credential(signer.credential), expires: .max)
            _ = verify(&cache, "https://h/\(number)", 16)
        }
        let first = cache.takeHotKeys().count
        for number in 0..<100 { _ = verify(&cache, "https://h/\(number)", 2048) }
        let second = cache.takeHotKeys().count
        #expect(first == 64 && second == 64)
    }
}
