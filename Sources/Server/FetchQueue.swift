// SPDX-License-Identifier: Apache-2.0
//
// Which downloads wait and which may start (reliability T9). Whoever calls names the URL, so that servers which never answer
// must not take the places of those that do: a host that has delivered a certificate that vouches has places of its own,
// strangers share the others, evenly among peers and among the sources of a peer (`FetchAllowance.swift`), and a host that
// keeps failing is left alone. No I/O, and time is a parameter: milliseconds of a
// clock that never goes back.

struct FetchQueue {
    /// A download that waits or is under way.
    struct Wanted: Sendable {
        let url: [UInt8]
        /// Host and port.
        let host: String
        /// Who asked for it; nil: nobody waits for it.
        let asker: FetchAsker?
    }

    /// What becomes of a wish.
    enum Admission: Equatable {
        /// It waits or is under way.
        case queued
        /// Too many wait, or the peer or its source has named too many.
        case refused
        /// The host is left alone, for so many milliseconds, as this happened before.
        case paused(DownloadFailure, Int64)
    }

    static let maximumInFlight = 48
    static let maximumStrangersInFlight = 32
    /// So that one peer's strangers leave room for another's.
    static let maximumStrangersPerPeer = 24
    static let maximumPerHost = 4
    static let maximumQueued = 1024
    static let maximumHosts = 4096

    private(set) var inFlight = 0
    private var strangersInFlight = 0
    private var strangerShares = FetchShares(maximumPerPeer: maximumStrangersPerPeer)
    private var wanted: Set<[UInt8]> = []
    private var vouched: [Wanted] = []
    private var strangers: [Wanted] = []
    private var underWay: [[UInt8]: Bool] = [:]
    private var hosts: [String: HostRecord] = [:]
    /// Hosts that are known to be good have an allowance of their own, so that strangers do not use it up.
    private var strangerAllowances = FetchAllowances(burst: 128, perSecond: 16)
    private var vouchedAllowances = FetchAllowances(burst: 256, perSecond: 32)

    /// Hosts that are left alone.
    var brokenHosts: Int { hosts.values.count(where: \.isBroken) }
    /// Hosts that something is remembered of.
    var hostCount: Int { hosts.count }
    /// Downloads that wait.
    var waiting: Int { vouched.count + strangers.count }

    /// Whether a host has been good.
    func isVouched(_ host: String) -> Bool { hosts[host]?.isVouched == true }

    /// Asks for a download for a peer's source; `host` is the URL's host and port.
    mutating func add(_ url: [UInt8], host: String, for asker: FetchAsker, at now: Int64) -> Admission {
        if let record = hosts[host], record.isBroken {
            // One finds out whether the host is back; no call waits for that.
            if record.isDue(at: now), !wanted.contains(url), spend(asker, isVouched: false, at: now) {
                enqueue(Wanted(url: url, host: host, asker: nil))
            }
            return .paused(record.failure, record.pauseLeft(at: now))
        }
        if wanted.contains(url) { return .queued }
        guard spend(asker, isVouched: isVouched(host), at: now) else { return .refused }
        enqueue(Wanted(url: url, host: host, asker: asker))
        return .queued
    }

    /// Asks for a download that no call waits for: a certificate in use is to be there again before it expires. False: the
    /// host is left alone.
    mutating func refresh(_ url: [UInt8], host: String, at now: Int64) -> Bool {
        if let record = hosts[host], record.isBroken, !record.isDue(at: now) { return false }
        if !wanted.contains(url) { enqueue(Wanted(url: url, host: host, asker: nil)) }
        return true
    }

    /// A host delivered what vouches for calls, now or before a restart.
    mutating func vouch(for host: String) {
        makeRoomForHost()
        hosts[host, default: HostRecord()].vouch()
    }

    /// The next download that may start. The latest come first: their calls still wait when those of others have given up.
    mutating func next() -> Wanted? {
        guard inFlight < Self.maximumInFlight else { return nil }
        if let index = vouched.lastIndex(where: { mayStart($0) }) { return start(vouched.remove(at: index), isStranger: false) }
        guard strangersInFlight < Self.maximumStrangersInFlight else { return nil }
        let found = strangers.lastIndex { wanted in
            mayStart(wanted) && wanted.asker.map { strangerShares.hasRoom(for: $0) } != false
        }
        return found.map { start(strangers.remove(at: $0), isStranger: true) }
    }

    /// Takes note of the end of a download; `failure` is nil where the server answered. Returns those that waited for the
    /// same host, which is left alone from now on.
    mutating func finished(_ done: Wanted, _ failure: DownloadFailure?, at now: Int64) -> [Wanted] {
        wanted.remove(done.url)
        inFlight -= 1
        if underWay.removeValue(forKey: done.url) == true {
            strangersInFlight -= 1
            if let asker = done.asker { strangerShares.end(asker) }
        }
        hosts[done.host]?.inFlight -= 1
        hosts[done.host]?.finished(failure, at: now)
        guard hosts[done.host]?.isBroken == true else { return [] }
        return drop { $0.host == done.host }
    }

    /// For how long a host is left alone; nil: it is not.
    func pause(of host: String, at now: Int64) -> Int64? {
        hosts[host].flatMap { $0.isBroken ? $0.pauseLeft(at: now) : nil }
    }

    private func mayStart(_ wanted: Wanted) -> Bool {
        guard let record = hosts[wanted.host] else { return true }
        return record.inFlight < (record.isBroken ? 1 : Self.maximumPerHost)
    }

    private mutating func enqueue(_ new: Wanted) {
        wanted.insert(new.url)
        if isVouched(new.host) { vouched.append(new) } else { strangers.append(new) }
        // The oldest gives way: nobody waits for it any more.
        guard waiting > Self.maximumQueued else { return }
        let oldest = strangers.isEmpty ? vouched.removeFirst() : strangers.removeFirst()
        wanted.remove(oldest.url)
    }

    private mutating func start(_ wanted: Wanted, isStranger: Bool) -> Wanted {
        inFlight += 1
        underWay[wanted.url] = isStranger
        if isStranger {
            strangersInFlight += 1
            if let asker = wanted.asker { strangerShares.begin(asker) }
        }
        makeRoomForHost()
        hosts[wanted.host, default: HostRecord()].inFlight += 1
        return wanted
    }

    private mutating func drop(_ isDropped: (Wanted) -> Bool) -> [Wanted] {
        let dropped = vouched.filter(isDropped) + strangers.filter(isDropped)
        guard !dropped.isEmpty else { return [] }
        vouched.removeAll(where: isDropped)
        strangers.removeAll(where: isDropped)
        for one in dropped { wanted.remove(one.url) }
        return dropped
    }

    /// Forgets a quarter of the hosts where there are too many: strangers first, those of long ago first.
    private mutating func makeRoomForHost() {
        guard hosts.count >= Self.maximumHosts else { return }
        let idle = hosts.filter { $0.value.inFlight == 0 }
        let order = idle.sorted { left, right in
            left.value.isVouched == right.value.isVouched
                ? left.value.touchedAt < right.value.touchedAt : right.value.isVouched
        }
        for (host, _) in order.prefix(Self.maximumHosts / 4) { hosts[host] = nil }
    }

    private mutating func spend(_ asker: FetchAsker, isVouched: Bool, at now: Int64) -> Bool {
        isVouched ? vouchedAllowances.spend(asker, at: now) : strangerAllowances.spend(asker, at: now)
    }
}
