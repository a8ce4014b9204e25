// SPDX-License-Identifier: Apache-2.0

public import SIP
import STIR

/// Counts calls by key; shared by the threads that walk rules, and not part of this pure module.
public protocol CallCounter: AnyObject, Sendable {
    /// Counts one more call under `key` and returns how many there were in the current window, this one included. A window
    /// of `window` milliseconds begins with the first call under a key and with the first one behind the last window.
    func count(_ key: UInt64, at now: Int64, window: Int64) -> Int
}

/// What rates are measured with while one call is decided.
public struct RateMeter: Sendable {
    let counter: any CallCounter
    let key: HashKey
    let now: Int64

    /// A meter; `key` hashes what senders choose, `now` is Unix time in milliseconds.
    public init(_ counter: any CallCounter, key: HashKey, now: Int64) {
        self.counter = counter
        self.key = key
        self.now = now
    }
}

/// `rate` of a condition: holds for the calls of one caller, source, callee or signer that are more than `limit` within a
/// window. Counts a call each time that it is asked.
public struct RateCondition: Sendable, Equatable {
    /// Whose calls are counted together.
    public enum Key: UInt8, Sendable { case caller, source, callee, signer }

    /// Whose calls are counted together. Calls that have none – no number, no signature – are not counted.
    public var per: Key
    /// How many calls of a window it does not hold for.
    public var limit: Int
    /// The window in milliseconds.
    public var window: Int64
    /// What tells it from the other rates; the same after a reload, so that its counts go on.
    public var name: UInt64

    /// A condition; `name` says which one of the policy it is.
    public init(per: Key, limit: Int, window: Int64, name: String) {
        self.per = per
        self.limit = limit
        self.window = window
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        self.name = hash
    }

    func holds(_ call: CallFacts, _ meter: RateMeter?) -> Bool {
        guard let meter, let key = hash(call, meter.key) else { return false }
        return meter.counter.count(key, at: meter.now, window: window) > limit
    }

    private func hash(_ call: CallFacts, _ key: HashKey) -> UInt64? {
        var hash = KeyedHash(key)
        hash.add(name)
        hash.add(UInt64(bitPattern: window))
        hash.add(per.rawValue)
        switch per {
        case .caller, .callee:
            guard let number = per == .caller ? call.caller : call.callee else { return nil }
            hash.add(number.packed)
        case .source:
            // Without the port, which a sender changes at will.
            hash.add(call.source.high)
            hash.add(call.source.low)
        case .signer:
            guard !call.signer.isEmpty else { return nil }
            for i in 0..<call.signer.count { hash.add(call.signer.byte(i)) }
        }
        return hash.finish()
    }
}
