// SPDX-License-Identifier: Apache-2.0
// Whether one TNAuthList lies within another (RFC 9060 §6). Lists come from strangers and may be as long as a certificate
// can be, so numbers are sorted and searched, never compared each with each.

extension TNAuthList {
    /// True when an authority with this list may hand on all of `narrower`: its codes are among the codes here, its numbers
    /// and ranges within the numbers and ranges.
    ///
    /// Beside a code any number may be handed on: which ones a provider has is known elsewhere (RFC 9060 §4.1).
    func encompasses(_ narrower: TNAuthList) -> Bool {
        guard Set(serviceProviderCodes).isSuperset(of: narrower.serviceProviderCodes) else { return false }
        guard serviceProviderCodes.isEmpty else { return true }
        let numbers = NumberSet(of: self)
        return narrower.numbers.allSatisfy { numbers.contains($0) }
            && narrower.ranges.allSatisfy { numbers.contains(NumberSet.block($0)) }
    }
}

/// The numbers of a TNAuthList, in order.
private struct NumberSet {
    /// Disjoint, neither overlapping nor adjacent, ascending.
    private var blocks: [ClosedRange<UInt64>] = []
    /// Numbers with # or *, which have no neighbours.
    private var codes: Set<[UInt8]> = []

    init(of list: TNAuthList) {
        codes = Set(list.numbers.filter { Self.position($0) == nil })
        let singles = list.numbers.compactMap(Self.position).map { $0...$0 }
        for block in (singles + list.ranges.map(Self.block)).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            // No overflow: a position is below 2^54.
            if let last = blocks.last, block.lowerBound <= last.upperBound &+ 1 {
                blocks[blocks.count - 1] = last.lowerBound...max(last.upperBound, block.upperBound)
            } else {
                blocks.append(block)
            }
        }
    }

    func contains(_ number: [UInt8]) -> Bool {
        Self.position(number).map { contains($0...$0) } ?? codes.contains(number)
    }

    /// The last block that begins at or below this one's begin is the only one that can contain it.
    func contains(_ block: ClosedRange<UInt64>) -> Bool {
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = low + (high - low) / 2
            if blocks[middle].lowerBound <= block.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low > 0 && blocks[low - 1].upperBound >= block.upperBound
    }

    static func block(_ range: TelephoneNumberRange) -> ClosedRange<UInt64> {
        // A range stays within the numbers of its length, so first + count - 1 is below 10^15.
        let first = position(range.first, length: range.start.count)
        return first...(first &+ UInt64(range.count) &- 1)
    }

    /// nil unless the number is all digits.
    private static func position(_ number: [UInt8]) -> UInt64? {
        TelephoneNumberRange.value(number.span).map { position($0, length: number.count) }
    }

    /// Its place on one line of all numbers: 10^15 is below 2^50, so those of one length end before the next begin, and
    /// none of one length is adjacent to one of another.
    private static func position(_ value: UInt64, length: Int) -> UInt64 {
        UInt64(length) << 50 | value
    }
}
