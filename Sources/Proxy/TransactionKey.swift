// SPDX-License-Identifier: Apache-2.0
//
// The keyed branch and To-tag. A stateless proxy's branch must be a function of what does not change on a retransmission
// and is equal in an INVITE, its CANCEL and its ACK for a non-2xx (RFC 3261 §16.11). Ours is a MAC over what the response
// will repeat and where that response goes, so that any node with the same secret can tell an answer to something that we
// sent from one that we never asked for, without a memory.

import SIP

/// What identifies a transaction on the hop to us (RFC 3261 §17.2.3), and where its responses go.
struct TransactionKey {
    /// The MAC in the branch; also the name of the transaction in a screener's memory.
    let mac: UInt64
    /// What is written in front of the MAC: listener and peer that the request came from, and the discriminator.
    let listenerLabel: UInt16
    let peerLabel: UInt16
    let discriminator: UInt32

    /// Hexadecimal digits behind the magic cookie: listener 4, peer 4, discriminator 8, MAC 16.
    static let length = 32

    private enum Domain { static let branch: UInt8 = 1, tag: UInt8 = 2, discriminator: UInt8 = 3, probe: UInt8 = 4 }

    /// The key of a request, made with the key in force or with `earlier`, one that was.
    init(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot, earlier: HashKey? = nil,
        isForTag: Bool = false
    ) {
        let key = earlier ?? snapshot.key
        listenerLabel = snapshot.listeners[arrival.listener].label
        peerLabel = snapshot.peers[arrival.peer].label
        // An ACK has the To tag of the answer that it is for, its INVITE had none.
        discriminator = isForTag ? 0 : Self.discriminator(index, bytes, key: key)
        var hash = KeyedHash(key)
        hash.add(Domain.branch)
        hash.add(UInt64(listenerLabel) &<< 48 | UInt64(peerLabel) &<< 32 | UInt64(discriminator))
        Self.addCommon(&hash, index, bytes, via: index.via, destination: Self.destination(index.via, arrival.source))
        mac = hash.finish()
    }

    /// The key that a response claims, proved by the key in force or by one that is still accepted.
    init?(
        response index: borrowing MessageIndex, _ bytes: Span<UInt8>, below via: Via, destination: TransportAddress,
        snapshot: Snapshot
    ) {
        if let key = Self(response: index, bytes, below: via, destination: destination, key: snapshot.key) {
            self = key
            return
        }
        for earlier in snapshot.acceptedKeys {
            if let key = Self(response: index, bytes, below: via, destination: destination, key: earlier) {
                self = key
                return
            }
        }
        return nil
    }

    /// The key that a response claims by our branch in its topmost Via, proved by the Via below it. nil: not an answer to
    /// anything that we sent.
    init?(
        response index: borrowing MessageIndex, _ bytes: Span<UInt8>, below via: Via, destination: TransportAddress,
        key: HashKey
    ) {
        let branch = index.via.branch
        guard branch.count == 7 &+ Self.length, bytes.hasPrefixIgnoringCase(at: branch.start, "z9hg4bk"),
            let labels = hexadecimal(bytes, ByteRange(branch.start &+ 7, branch.start &+ 23)),
            let claimed = hexadecimal(bytes, ByteRange(branch.start &+ 23, branch.end))
        else { return nil }
        listenerLabel = UInt16(truncatingIfNeeded: labels >> 48)
        peerLabel = UInt16(truncatingIfNeeded: labels >> 32)
        discriminator = UInt32(truncatingIfNeeded: labels)
        var hash = KeyedHash(key)
        hash.add(Domain.branch)
        hash.add(labels)
        Self.addCommon(&hash, index, bytes, via: via, destination: destination)
        mac = hash.finish()
        guard mac == claimed else { return nil }
    }

    /// Where the response to a request goes: back to where it came from; the port is the source's where rport asks for it,
    /// else that of sent-by (RFC 3261 §18.2.2, RFC 3581 §4).
    static func destination(_ via: Via, _ source: TransportAddress) -> TransportAddress {
        via.rport == nil ? source.with(port: via.sentByPort) : source
    }

    private static func addCommon(
        _ hash: inout KeyedHash, _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, via: Via, destination: TransportAddress
    ) {
        hash.add(destination)
        hash.add(bytes, via.sentBy)
        hash.add(bytes, via.branch)
        hash.add(bytes, index.callID)
        hash.add(bytes, index.from.tag)
        hash.add(UInt64(index.cseqNumber))
    }

    /// RFC 3261 §16.11 for upstreams without the magic cookie, whose branch names nothing: the Request-URI and To tag tell
    /// the ACK for a 2xx from its INVITE. Both are not in a response, so that their hash travels in the branch.
    private static func discriminator(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>, key: HashKey) -> UInt32 {
        if bytes.hasPrefixIgnoringCase(at: index.via.branch.start, "z9hg4bk"), index.via.branch.count > 7 { return 0 }
        var hash = KeyedHash(key)
        hash.add(Domain.discriminator)
        hash.add(bytes, index.requestURI.whole)
        hash.add(bytes, index.to.tag)
        return UInt32(truncatingIfNeeded: hash.finish())
    }

    /// The tag that our own answer puts into To: the same for each copy of a request, another for another (RFC 3261 §8.2.7).
    func toTag(key: HashKey) -> UInt64 {
        var hash = KeyedHash(key)
        hash.add(Domain.tag)
        hash.add(mac)
        return hash.finish()
    }

    /// The MAC of the OPTIONS probe with that number to that target.
    static func probe(_ number: UInt32, target: Int, address: TransportAddress, key: HashKey) -> UInt64 {
        var hash = KeyedHash(key)
        hash.add(Domain.probe)
        hash.add(UInt64(number))
        hash.add(UInt64(truncatingIfNeeded: target))
        hash.add(address)
        return hash.finish()
    }
}

extension ByteWriter {
    /// Writes the branch of the request that `key` belongs to.
    mutating func putBranch(_ key: TransactionKey) {
        put("z9hG4bK")
        putHex(UInt64(key.listenerLabel), digits: 4)
        putHex(UInt64(key.peerLabel), digits: 4)
        putHex(UInt64(key.discriminator), digits: 8)
        putHex(key.mac, digits: 16)
    }
}

/// The value of up to 16 lower-case hexadecimal digits, which `range` is; nil: it is not.
func hexadecimal(_ bytes: Span<UInt8>, _ range: ByteRange) -> UInt64? {
    guard range.count <= 16, !range.isEmpty else { return nil }
    var value: UInt64 = 0
    for i in range.start..<range.end {
        guard let digit = hexValue(bytes[i]) else { return nil }
        value = value &<< 4 | UInt64(digit)
    }
    return value
}
