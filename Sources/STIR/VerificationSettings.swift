// SPDX-License-Identifier: Apache-2.0

/// How calls are verified (INTERFACE §2, `stir.verify`).
public struct VerificationSettings: Sendable {
    /// How many seconds `iat` may be from now, either way.
    public var freshness: Int64
    /// Whether a Date header must be as fresh.
    public var checksDate: Bool
    /// Which certificates may be fetched.
    public var urlPolicy: CertificateURLPolicy

    /// The defaults are those of INTERFACE §2.
    public init(
        freshness: Int64 = 60, checksDate: Bool = false, urlPolicy: CertificateURLPolicy = CertificateURLPolicy()
    ) {
        self.freshness = freshness
        self.checksDate = checksDate
        self.urlPolicy = urlPolicy
    }

    /// Whether `time` is not further from `now` than `freshness`.
    func isFresh(_ time: Int64, at now: Int64) -> Bool { isFresh(time, at: now, past: freshness) }

    /// Whether `time` is at most `past` seconds before `now` and at most `freshness` behind it.
    func isFresh(_ time: Int64, at now: Int64, past: Int64) -> Bool {
        let (age, overflow) = now.subtractingReportingOverflow(time)
        return !overflow && age <= past && age >= 0 &- freshness
    }
}
