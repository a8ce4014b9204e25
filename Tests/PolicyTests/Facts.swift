// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import STIR

/// SplitMix64: with a seed the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number below `limit`, which is small.
    mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: next() >> 33) % limit }

    /// A number of `length` characters; few digits, so that numbers meet.
    mutating func number(length: Int, of alphabet: String = "0123456789") -> TelephoneNumber {
        let letters = Array(alphabet)
        return .of(String((0..<length).map { _ in letters[below(letters.count)] }))
    }
}

extension TelephoneNumber {
    /// The number that `text` is; the empty one for what is none.
    static func of(_ text: String) -> TelephoneNumber { TelephoneNumber(text) ?? TelephoneNumber(packed: 0) }
}

extension TransportAddress {
    /// The address that `text` is.
    static func of(_ text: String) -> TransportAddress { TransportAddress(text) ?? .none }
}

extension Network {
    /// The network `address/length`, the length that of the address's own family.
    static func of(_ text: String, _ length: Int) -> Network {
        let address = TransportAddress.of(text)
        return Network(address, length: address.isIPv4 ? 96 + length : length)
    }
}

extension CallFacts {
    /// A call that tests vary.
    static let sample: CallFacts = {
        var call = CallFacts(
            peer: 3, role: .carrier, source: .of("192.0.2.7:5060"), caller: .of("12025550123"), isAnonymous: false,
            callee: .of("442079460018"))
        call.verstat = .failed
        call.attest = .partial
        call.failure = .badSignature
        return call
    }()

    /// The caller's one number.
    var shownCaller: TelephoneNumber? {
        get { caller }
        set {
            caller = newValue
            callers = Party(newValue, isAnonymous: callers.isAnonymous)
        }
    }

    /// The callee's one number.
    var shownCallee: TelephoneNumber? {
        get { callee }
        set {
            callee = newValue
            callees = Party(newValue)
        }
    }

    /// The call with something changed.
    func with(_ change: (inout CallFacts) -> Void) -> CallFacts {
        var changed = self
        change(&changed)
        return changed
    }
}
