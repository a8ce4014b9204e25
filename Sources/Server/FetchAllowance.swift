// SPDX-License-Identifier: Apache-2.0
//
// What may be fetched for whom. Whoever is behind a peer may name new URLs without end, so that a peer has allowances, and
// what each of its addresses gets of them depends on how much it took: one that names many is refused long before one that
// names few. Time is a parameter: milliseconds of a clock that never goes back.

import SIP

/// Who wants a certificate: a peer, and the address behind it that sent the call.
struct FetchAsker: Hashable, Sendable {
    /// The peer's label.
    let peer: UInt16
    private let high: UInt64
    private let low: UInt64

    /// One for each IPv4 address, and for each /64 of IPv6, of which a sender has all addresses.
    init(peer: UInt16, source: TransportAddress = .none) {
        self.peer = peer
        high = source.high
        low = source.isIPv4 ? source.low : 0
    }
}

/// A token bucket.
struct FetchBucket {
    private let burst: Double
    private let perSecond: Double
    private var left: Double
    private var at: Int64 = 0

    init(burst: Double, perSecond: Double) {
        self.burst = burst
        self.perSecond = perSecond
        left = burst
    }

    /// How full it is, 0…1.
    mutating func fill(at now: Int64) -> Double {
        left = min(burst, left + Double(max(0, now - at)) / 1000 * perSecond)
        at = now
        return left / burst
    }

    /// Whether a token is left.
    var hasToken: Bool { left >= 1 }

    mutating func take() { left -= 1 }
}

/// The allowances of all peers for one kind of hosts.
struct FetchAllowances {
    private let peerBucket: FetchBucket
    private let sourceBucket: FetchBucket
    private var peers: [UInt16: FetchBucket] = [:]
    private var sources: [FetchAsker: FetchBucket] = [:]
    private var forgotAt = Int64.min

    /// Sources that something is remembered of, at most.
    static let maximumSources = 4096

    /// What a peer gets, of which one source alone gets half.
    init(burst: Double, perSecond: Double) {
        peerBucket = FetchBucket(burst: burst, perSecond: perSecond)
        sourceBucket = FetchBucket(burst: burst / 2, perSecond: perSecond / 2)
    }

    /// Takes one from the peer and its source; false where either has none, or where the source has taken more than what is
    /// left of the peer's permits. So the last of a peer's tokens are for sources that took none yet.
    mutating func spend(_ asker: FetchAsker, at now: Int64) -> Bool {
        var peer = peers[asker.peer] ?? peerBucket, source = sources[asker] ?? sourceBucket
        let peerFill = peer.fill(at: now), sourceFill = source.fill(at: now)
        let isGranted = peer.hasToken && source.hasToken && sourceFill + peerFill >= 1
        if isGranted {
            peer.take()
            source.take()
        }
        peers[asker.peer] = peer
        if sources.count >= Self.maximumSources, sources[asker] == nil { forgetFull(at: now) }
        // Where all of them took something the newcomer's is not kept: the peer's allowance bounds it.
        if sources.count < Self.maximumSources || sources[asker] != nil { sources[asker] = source }
        return isGranted
    }

    /// Forgets sources that have all of theirs again, which is as if they had never asked.
    private mutating func forgetFull(at now: Int64) {
        guard now >= forgotAt &+ 1000 || forgotAt == .min else { return }
        forgotAt = now
        sources = sources.filter { entry in
            var bucket = entry.value
            return bucket.fill(at: now) < 1
        }
    }
}

/// How many downloads are under way, for each peer and for each of its sources.
struct FetchShares {
    /// For one peer, so that its strangers leave room for another's.
    let maximumPerPeer: Int
    private var peers: [UInt16: Int] = [:]
    private var sources: [FetchAsker: Int] = [:]

    init(maximumPerPeer: Int) { self.maximumPerPeer = maximumPerPeer }

    /// Whether one more may start: a source has no more places than are free then, so that there is always one for the next
    /// source, however many take all they get.
    func hasRoom(for asker: FetchAsker) -> Bool {
        let free = maximumPerPeer - peers[asker.peer, default: 0]
        return sources[asker, default: 0] < free
    }

    mutating func begin(_ asker: FetchAsker) {
        peers[asker.peer, default: 0] += 1
        sources[asker, default: 0] += 1
    }

    mutating func end(_ asker: FetchAsker) {
        peers[asker.peer] = peers[asker.peer].flatMap { $0 > 1 ? $0 - 1 : nil }
        sources[asker] = sources[asker].flatMap { $0 > 1 ? $0 - 1 : nil }
    }
}
