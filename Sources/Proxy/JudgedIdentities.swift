// SPDX-License-Identifier: Apache-2.0
//
// Whom the rules judged when a dialog began: what its Record-Route keeps of From, P-Asserted-Identity, To and Request-URI, so
// that a later request that shows somebody else is noticed (INTERFACE §3.2, RFC 4916).

import SIP

/// The identities of one side of a request, as hashes; each once.
struct JudgedIdentities: BitwiseCopyable {
    /// From and two values of P-Asserted-Identity (RFC 3325 §9.1).
    static let maximum = 3

    private(set) var hashes = InlineArray<3, UInt32>(repeating: 0)
    private(set) var count = 0

    /// Whom the request in `index` shows as its caller: From and P-Asserted-Identity. They were judged as callers, and who began
    /// the dialog may show them again.
    init(callersOf index: borrowing MessageIndex, _ bytes: Span<UInt8>, snapshot: Snapshot) {
        add(index.from.uri, bytes, snapshot)
        var values = AssertedValues(index)
        while let value = values.next(index, bytes) {
            if let address = value.address { add(address.uri, bytes, snapshot) }
        }
    }

    /// Whom the request in `index` calls: To and the Request-URI. Only who was called may show them: of who calls nobody judged
    /// them as callers.
    init(calleesOf index: borrowing MessageIndex, _ bytes: Span<UInt8>, snapshot: Snapshot) {
        add(index.to.uri, bytes, snapshot)
        add(index.requestURI, bytes, snapshot)
    }

    private mutating func add(_ uri: SIPURI, _ bytes: Span<UInt8>, _ snapshot: Snapshot) {
        guard count < Self.maximum, let hash = identityHash(of: uri, bytes, key: snapshot.key, snapshot: snapshot) else {
            return
        }
        for i in 0..<count where hashes[i] == hash { return }
        hashes[count] = hash
        count &+= 1
    }
}

extension DialogToken {
    /// Whether every From and P-Asserted-Identity of the request in `index` is one that was judged. What cannot be read is not.
    func judged(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>, snapshot: Snapshot) -> Bool {
        guard holds(index.from.uri, bytes, snapshot) else { return false }
        var values = AssertedValues(index)
        while let value = values.next(index, bytes) {
            guard let address = value.address, holds(address.uri, bytes, snapshot) else { return false }
        }
        return true
    }

    private func holds(_ uri: SIPURI, _ bytes: Span<UInt8>, _ snapshot: Snapshot) -> Bool {
        guard let hash = identityHash(of: uri, bytes, key: key, snapshot: snapshot) else { return true }
        var i = identities.start
        while i < identities.end {
            if hexadecimal(bytes, ByteRange(i, i &+ Self.identityDigits)) == UInt64(hash) { return true }
            i &+= Self.identityDigits
        }
        return false
    }
}

/// What stands for an identity: its number, however that is written; else its user part and host. nil: an anonymous one, which
/// shows nobody.
func identityHash(of uri: SIPURI, _ bytes: Span<UInt8>, key: HashKey, snapshot: Snapshot) -> UInt32? {
    let reading = IdentityReading(bytes, uri, plan: snapshot.plan)
    var hash = KeyedHash(key)
    if reading.isClean {
        // All that it may be read as: with another phone-context it is another identity.
        hash.add(UInt64(18))
        for i in 0..<reading.count { hash.add(reading[i].packed) }
    } else if reading.count == 0, uri.saysAnonymous(bytes) {
        return nil
    } else if uri.scheme == .sip || uri.scheme == .sips {
        hash.add(UInt64(19))
        hash.add(bytes, uri.user)
        hash.add(bytes, uri.host)
    } else {
        hash.add(UInt64(20))
        hash.add(bytes, uri.whole)
    }
    return UInt32(truncatingIfNeeded: hash.finish())
}
