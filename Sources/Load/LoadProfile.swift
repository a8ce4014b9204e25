// SPDX-License-Identifier: Apache-2.0

/// How many calls are placed when: stretches of a steady or evenly changing rate, one after the other. The load is open-loop:
/// when a call is due follows from its number alone, whatever became of those before it.
public struct LoadProfile: Sendable, Equatable {
    /// A part of the run in which the rate goes from one value to another, or stays.
    public struct Stretch: Sendable, Equatable {
        /// How long it takes.
        public let seconds: Double
        /// Calls a second at its start.
        public let first: Double
        /// Calls a second at its end.
        public let last: Double

        /// A stretch.
        public init(seconds: Double, first: Double, last: Double) {
            self.seconds = seconds
            self.first = first
            self.last = last
        }

        var calls: Double { (first + last) / 2 * seconds }

        /// When so many calls of this stretch are due, in seconds from its start: where the integral of the rate reaches them.
        func time(of calls: Double) -> Double {
            let slope = (last - first) / seconds
            let rate = max(0, first * first + 2 * slope * calls).squareRoot()
            return first + rate > 0 ? 2 * calls / (first + rate) : 0
        }
    }

    /// The stretches in their order.
    public let stretches: [Stretch]
    /// How many calls the run has.
    public let callCount: UInt64
    /// How many calls were due, and how many seconds had passed, when each stretch began.
    private let starts: [(calls: Double, seconds: Double)]

    /// A profile; nil without a stretch, without a single call, or where a number is not sensible.
    public init?(_ stretches: [Stretch]) {
        var calls = 0.0, seconds = 0.0, starts: [(calls: Double, seconds: Double)] = []
        for stretch in stretches {
            guard stretch.seconds > 0, stretch.seconds <= 1e6, stretch.first >= 0, stretch.last >= 0,
                max(stretch.first, stretch.last) <= 1e7
            else { return nil }
            starts.append((calls, seconds))
            calls += stretch.calls
            seconds += stretch.seconds
        }
        // A rate whose product with the time is a whole number may come out a trifle below it.
        callCount = UInt64(calls + 1e-6)
        guard callCount > 0 else { return nil }
        self.stretches = stretches
        self.starts = starts
    }

    /// `10s@1000,30s@1000-60000,1m@60000`: so long at so many calls a second, or from one rate to another. nil: not that.
    public init?(_ text: String) {
        var stretches: [Stretch] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "@", omittingEmptySubsequences: false)
            guard halves.count == 2, let seconds = Self.seconds(halves[0]) else { return nil }
            let rates = halves[1].split(separator: "-", omittingEmptySubsequences: false).map { Double(String($0)) }
            guard rates.count <= 2, let first = rates.first ?? nil, let last = rates.last ?? nil else { return nil }
            stretches.append(Stretch(seconds: seconds, first: first, last: last))
        }
        self.init(stretches)
    }

    /// `90s`, `2m`, `1h`, `250ms` or a bare number of seconds.
    public static func seconds(_ text: some StringProtocol) -> Double? {
        for (unit, factor) in [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("", 1.0)] where text.hasSuffix(unit) {
            guard let number = Double(String(text.dropLast(unit.count))), number >= 0, number.isFinite else { return nil }
            return number * factor
        }
        return nil
    }

    /// The length of the run in seconds.
    public var duration: Double { stretches.reduce(0) { $0 + $1.seconds } }
    /// The highest rate in calls a second.
    public var highestRate: Double { stretches.reduce(0) { max($0, $1.first, $1.last) } }

    /// When a call is due, in nanoseconds from the start of the run.
    public func time(of call: UInt64) -> Int64 {
        var number = starts.count - 1
        while number > 0, starts[number].calls > Double(call) { number -= 1 }
        let start = starts[number]
        let time = start.seconds + stretches[number].time(of: Double(call) - start.calls)
        return Int64(time * 1e9)
    }

    /// Calls a second at a time of the run; 0 behind its end.
    public func rate(at second: Double) -> Double {
        for (stretch, start) in zip(stretches, starts) where second < start.seconds + stretch.seconds {
            return stretch.first + (stretch.last - stretch.first) * max(0, second - start.seconds) / stretch.seconds
        }
        return 0
    }

    /// Two profiles are equal when their stretches are.
    public static func == (left: LoadProfile, right: LoadProfile) -> Bool { left.stretches == right.stretches }
}
