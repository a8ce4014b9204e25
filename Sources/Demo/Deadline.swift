// SPDX-License-Identifier: Apache-2.0

/// A moment that no wait goes beyond.
struct Deadline: Sendable {
    private let instant: ContinuousClock.Instant

    /// How long a call waits for what should be there within milliseconds: longer than the proxy waits for a certificate.
    static let patience = Duration.seconds(20)
    private static let pause = Duration.milliseconds(1)

    init(in duration: Duration) { instant = .now + duration }

    private init(_ instant: ContinuousClock.Instant) { self.instant = instant }

    /// The earlier one of this and `duration` from now.
    func within(_ duration: Duration) -> Deadline { Deadline(min(instant, .now + duration)) }

    /// Whether it has passed.
    var hasPassed: Bool { ContinuousClock.now >= instant }

    /// Asks `look` again and again until it finds something; nil once the moment has passed.
    func wait<Found: Sendable>(for look: @Sendable () -> Found?) async -> Found? {
        while true {
            if let found = look() { return found }
            if hasPassed { return nil }
            // A cancelled task would not sleep: it gives up.
            guard (try? await Task.sleep(for: Self.pause)) != nil else { return nil }
        }
    }
}
