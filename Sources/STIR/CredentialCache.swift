// SPDX-License-Identifier: Apache-2.0

public import Credentials
public import SIP

/// A key that verifies so many signatures that a table of its multiples pays.
public struct HotKey: Sendable {
    /// Where its certificate is.
    public let url: [UInt8]
    /// The key.
    public let publicKey: PublicKey

    /// The key of the certificate at `url`.
    public init(url: [UInt8], publicKey: PublicKey) {
        self.url = url
        self.publicKey = publicKey
    }
}

/// What one thread knows about certificates, by URL. Of fixed size: 8 places a row, the least recently used entry of a
/// row gives way, certificates last: whoever calls may name URLs without end where there is none. Keys are the exact bytes
/// of the URL: no two of them ever share an entry.
public struct CredentialCache: ~Copyable {
    private struct Slot {
        var hash: UInt64 = 0
        var url: [UInt8] = []
        var entry = CredentialLookup.missing
        var expires = Int64.min
        var used: UInt64 = 0
        /// The key's multiples; nil: it is verified without.
        var table: VerificationTable?
        /// How many signatures were to be verified with the key.
        var verifications: UInt32 = 0
        /// When a use is told next, and how long after that again.
        var noteAt = Int64.max
        var noteEvery = Int64.max

        var isCredential: Bool { if case .credential = entry { true } else { false } }
    }

    private static let ways = 8
    /// A table pays after some 30 verifications. Who signed so many calls since its certificate came signs more.
    private static let hotAfter: UInt32 = 16
    /// How often a key that stays in use is asked for again, so that its table stays.
    private static let hotAgainAfter: UInt32 = 2048
    private static let maximumHotKeys = 64

    private var slots: [Slot]
    private let key: HashKey
    private let rowMask: Int
    private var uses: UInt64 = 0
    private var hotKeys: [HotKey] = []
    /// The place of an entry whose use is to be told.
    private var noted: Int?

    /// An empty table; `key` is 128 random bits, `capacity` is rounded up to a power of two.
    public init(key: (UInt64, UInt64), capacity: Int = 8192) {
        var rows = 1
        while rows &* Self.ways < capacity { rows &*= 2 }
        slots = [Slot](repeating: Slot(), count: rows &* Self.ways)
        rowMask = rows &- 1
        self.key = HashKey(key.0, key.1)
        hotKeys.reserveCapacity(Self.maximumHotKeys)
    }

    /// What is known about `url` at `now`. A credential out of its dates counts as unsupported, whatever was known
    /// before.
    public mutating func lookup(_ bytes: Span<UInt8>, _ url: ByteRange, at now: Int64) -> CredentialLookup {
        guard let place = place(bytes, url, hash: hash(bytes, url)), slots[place].expires > now
        else {
            return .missing
        }
        uses &+= 1
        slots[place].used = uses
        if slots[place].noteAt <= now { noted = place }
        guard case .credential(let credential) = slots[place].entry else { return slots[place].entry }
        guard credential.notBefore <= now else { return .failed(.unsupportedCredential, .notYetValid) }
        return now <= credential.notAfter ? .credential(credential) : .failed(.unsupportedCredential, .expired)
    }

    /// The URL of an entry that calls need; nil where there is none to tell. Whoever fetches certificates wants to know which
    /// are worth to be fetched again.
    public mutating func takeNoted(at time: @autoclosure () -> Int64) -> [UInt8]? {
        guard let place = noted else { return nil }
        noted = nil
        let now = time()
        guard slots[place].noteAt <= now else { return nil }
        slots[place].noteAt = now &+ slots[place].noteEvery
        return slots[place].url
    }

    /// Keeps what is known about `url` until just before `expires`; `.missing` forgets it. That it is used is noted for
    /// `takeNoted` every so many seconds.
    public mutating func insert(
        url: [UInt8], _ entry: CredentialLookup, expires: Int64, noteUseEvery seconds: Int64 = .max
    ) {
        guard !url.isEmpty, url.count <= CertificateURL.maximumLength else { return }
        let padded = url + [UInt8](repeating: 0, count: readSlack)
        let range = ByteRange(0, url.count)
        let hash = hash(padded.span, range)
        let place = place(padded.span, range, hash: hash) ?? leastRecentlyUsed(row: hash)
        uses &+= 1
        guard case .credential(let credential) = entry else {
            slots[place] = Slot()
            if case .missing = entry { return }
            slots[place] = Slot(
                hash: hash, url: url, entry: entry, expires: expires, used: uses, noteAt: seconds == .max ? .max : .min,
                noteEvery: seconds)
            return
        }
        var slot = Slot(
            hash: hash, url: url, entry: entry, expires: expires, used: uses, noteAt: seconds == .max ? .max : .min,
            noteEvery: seconds)
        if case .credential(let before) = slots[place].entry, before.publicKey == credential.publicKey {
            slot.table = slots[place].table
            slot.verifications = slots[place].verifications
        }
        slots[place] = slot
    }

    // MARK: - Tables

    /// The table of the key at `url`, if there is one; counts a verification.
    public mutating func verificationTable(_ bytes: Span<UInt8>, _ url: ByteRange) -> VerificationTable? {
        guard let place = place(bytes, url, hash: hash(bytes, url)) else { return nil }
        slots[place].verifications &+= 1
        let count = slots[place].verifications
        if count == Self.hotAfter || count % Self.hotAgainAfter == 0, hotKeys.count < Self.maximumHotKeys,
            case .credential(let credential) = slots[place].entry
        {
            hotKeys.append(HotKey(url: slots[place].url, publicKey: credential.publicKey))
        }
        return slots[place].table
    }

    /// The keys that became hot since this was last asked, or still are; empty almost always.
    public mutating func takeHotKeys() -> [HotKey] {
        guard !hotKeys.isEmpty else { return [] }
        let taken = hotKeys
        hotKeys.removeAll(keepingCapacity: true)
        return taken
    }

    /// Gives the key at `url` a table; nil takes it away. A table of another key than stands there is not kept.
    public mutating func setVerificationTable(_ table: VerificationTable?, url: [UInt8]) {
        let padded = url + [UInt8](repeating: 0, count: readSlack)
        let range = ByteRange(0, url.count)
        guard let place = place(padded.span, range, hash: hash(padded.span, range)),
            case .credential(let credential) = slots[place].entry
        else { return }
        if let table, table.publicKey != credential.publicKey { return }
        slots[place].table = table
    }

    /// Forgets everything, as when trust anchors or revocation lists changed.
    public mutating func removeAll() {
        for place in slots.indices { slots[place] = Slot() }
    }

    private func hash(_ bytes: Span<UInt8>, _ url: ByteRange) -> UInt64 {
        var hash = KeyedHash(key)
        hash.add(bytes, url)
        return hash.finish()
    }

    private func row(_ hash: UInt64) -> Int { (Int(truncatingIfNeeded: hash) & rowMask) &* Self.ways }

    private func place(_ bytes: Span<UInt8>, _ url: ByteRange, hash: UInt64) -> Int? {
        guard !url.isEmpty else { return nil }
        let row = row(hash)
        for place in row..<(row &+ Self.ways) where slots[place].hash == hash && isEqual(slots[place].url, bytes, url) {
            return place
        }
        return nil
    }

    private func isEqual(_ known: [UInt8], _ bytes: Span<UInt8>, _ url: ByteRange) -> Bool {
        known.count == url.count && bytes.equals(url, known.span, ByteRange(0, known.count))
    }

    private func leastRecentlyUsed(row hash: UInt64) -> Int {
        let row = row(hash)
        var oldest = row
        for place in row..<(row &+ Self.ways) where isLess(place, oldest) { oldest = place }
        return oldest
    }

    /// Whether what is at one place gives way before what is at another.
    private func isLess(_ place: Int, _ other: Int) -> Bool {
        let isCredential = slots[place].isCredential
        return isCredential == slots[other].isCredential ? slots[place].used < slots[other].used : !isCredential
    }
}
