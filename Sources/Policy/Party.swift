// SPDX-License-Identifier: Apache-2.0

public import SIP

/// One side of a call as rules see it: every number that the other end may be shown or may dial (INTERFACE §3.1).
public struct Party: BitwiseCopyable, Sendable {
    /// The most different numbers that one side can have: three identities, each read in six ways.
    public static let capacity = 18

    private var numbers = InlineArray<18, TelephoneNumber>(repeating: TelephoneNumber(packed: 0))
    /// How many different numbers there are.
    public private(set) var count = 0
    /// The lowest and the highest number, packed; both 0 where there is no number.
    private(set) var lowest: UInt64 = 0
    private(set) var highest: UInt64 = 0
    /// Whether an identity says that the number is withheld (RFC 3323 §4.1.1.3), or Privacy does.
    public var isAnonymous = false
    /// Whether an identity holds digits that are no possible number, or has something in front of, behind or inside the number.
    public var isMisshapen = false

    /// A side without a number.
    public init() {}

    /// A side with one number; nil: with none.
    public init(_ number: TelephoneNumber?, isAnonymous: Bool = false) {
        self.isAnonymous = isAnonymous
        if let number { add(number) }
    }

    /// Whether there is no number.
    public var isEmpty: Bool { count == 0 }

    /// The number at `index`, which must be less than `count`.
    @inlinable public subscript(index: Int) -> TelephoneNumber { number(index) }

    @usableFromInline func number(_ index: Int) -> TelephoneNumber { numbers[index] }

    /// Adds a number, once.
    public mutating func add(_ number: TelephoneNumber) {
        for i in 0..<count where numbers[i] == number { return }
        guard count < Self.capacity, !number.isEmpty else { return }
        lowest = count == 0 ? number.packed : min(lowest, number.packed)
        highest = max(highest, number.packed)
        numbers[count] = number
        count &+= 1
    }
}
