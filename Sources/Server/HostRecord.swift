// SPDX-License-Identifier: Apache-2.0

/// What is remembered of a host that certificates are fetched from. After several failures in a row it is left alone for a
/// pause that doubles with each further one; then one download finds out whether it is back. Times are milliseconds of a
/// clock that never goes back.
struct HostRecord {
    /// Failures in a row after which the host is left alone.
    static let patience = 5
    static let shortestPause: Int64 = 10_000
    static let longestPause: Int64 = 300_000

    /// Downloads under way.
    var inFlight = 0
    /// Whether what it delivered last vouched for calls.
    private(set) var isVouched = false
    /// Why nothing was had the last time.
    private(set) var failure = DownloadFailure.timedOut
    private(set) var touchedAt: Int64 = 0
    private var failures = 0
    private var pause: Int64 = 0
    private var pausedUntil: Int64 = 0

    /// Whether it is left alone but for one download at a time.
    var isBroken: Bool { failures >= Self.patience }

    /// Whether it is time to find out if it is back.
    func isDue(at now: Int64) -> Bool { isBroken && now >= pausedUntil && inFlight == 0 }

    /// For how long a call need not ask again. A probe under way says soon.
    func pauseLeft(at now: Int64) -> Int64 { max(1000, pausedUntil - now) }

    /// Takes note of the end of a download; nil: the host answered.
    mutating func finished(_ failure: DownloadFailure?, at now: Int64) {
        touchedAt = now
        guard let failure, failure.isOfHost else {
            if failure?.isOfOurs == true { return }
            failures = 0
            pause = 0
            return
        }
        self.failure = failure
        failures += 1
        guard isBroken else { return }
        isVouched = false
        pause = min(Self.longestPause, max(Self.shortestPause, pause * 2))
        pausedUntil = now + pause
    }

    /// What it delivered vouches for calls.
    mutating func vouch() { isVouched = true }
}
