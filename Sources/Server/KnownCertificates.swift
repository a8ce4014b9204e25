// SPDX-License-Identifier: Apache-2.0

import Credentials
import STIR

/// A certificate chain that vouches for calls, as it was delivered.
struct KnownCertificate {
    let pem: [UInt8]
    /// What it was judged to be; nil: it was not yet.
    var credential: Credential?
    /// The settings that it was judged by.
    var generation = 0
    /// Until when the delivery counts, Unix seconds.
    let freshUntil: Int64
    /// Until when the verdict counts: not beyond the chain's own end, nor a revocation list's.
    var expires: Int64
    let fetchedAt: Int64
    /// Whether its server lets it be written to disk.
    var mayBeStored = true
    /// When a call last needed it, as far as screeners told.
    var usedAt: Int64
    /// When it is fetched again if calls still need it.
    var refreshAt: Int64

    /// How often a screener tells that it is in use, seconds.
    var noteEvery: Int64 { max(1, min(600, (freshUntil - fetchedAt) / 2)) }
}

/// The certificates that were fetched, by URL; bounded in number and bytes, those that no call has needed for longest give way.
struct KnownCertificates {
    static let maximumCount = 10_000
    static let maximumBytes = 32 << 20

    private(set) var entries: [[UInt8]: KnownCertificate] = [:]
    private(set) var bytes = 0

    subscript(url: [UInt8]) -> KnownCertificate? {
        get { entries[url] }
        set {
            bytes -= entries[url].map { Self.size(url, $0) } ?? 0
            entries[url] = newValue
            bytes += newValue.map { Self.size(url, $0) } ?? 0
            while entries.count > Self.maximumCount || bytes > Self.maximumBytes,
                let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                bytes -= Self.size(oldest.key, oldest.value)
                entries[oldest.key] = nil
            }
        }
    }

    /// Changes what is known without changing its size.
    mutating func update(_ url: [UInt8], _ change: (inout KnownCertificate) -> Void) {
        guard var entry = entries[url] else { return }
        change(&entry)
        entries[url] = entry
    }

    private static func size(_ url: [UInt8], _ entry: KnownCertificate) -> Int { url.count + entry.pem.count + 256 }
}

/// URLs that delivered nothing of use, with what calls get instead; bounded in number.
struct FailedCertificates {
    static let maximumCount = 4096

    private var entries: [[UInt8]: (lookup: CredentialLookup, expires: Int64)] = [:]

    /// What is known at `now`, Unix seconds.
    func lookup(_ url: [UInt8], at now: Int64) -> (lookup: CredentialLookup, expires: Int64)? {
        entries[url].flatMap { $0.expires > now ? $0 : nil }
    }

    mutating func insert(_ url: [UInt8], _ lookup: CredentialLookup, expires: Int64, at now: Int64) {
        entries[url] = (lookup, expires)
        guard entries.count > Self.maximumCount else { return }
        entries = entries.filter { $0.value.expires > now }
        // All of them count still: half give way, whichever they are.
        guard entries.count > Self.maximumCount else { return }
        for url in Array(entries.keys.prefix(Self.maximumCount / 2)) { entries[url] = nil }
    }

    mutating func remove(_ url: [UInt8]) { entries[url] = nil }
    mutating func removeAll() { entries.removeAll() }
}
