// SPDX-License-Identifier: Apache-2.0

import SIP

/// Memory for one datagram that comes from elsewhere than a socket, with the headroom and the slack that a received one has.
final class DatagramBuffer {
    private static let capacity = DatagramRing.headroom + 65536 + readSlack
    private let base: UnsafeMutablePointer<UInt8>

    init() {
        base = .allocate(capacity: Self.capacity)
        base.initialize(repeating: 0, count: Self.capacity)
    }

    deinit { base.deallocate() }

    /// The datagram with these bytes, until the next one; of more than a datagram holds only the beginning.
    func datagram(_ bytes: [UInt8]) -> Datagram {
        let count = min(bytes.count, Datagram.maximumSize)
        for i in 0..<count { base[DatagramRing.headroom + i] = bytes[i] }
        for i in 0..<readSlack { base[DatagramRing.headroom + count + i] = 0 }
        return unsafe Datagram(base: base, capacity: Self.capacity, start: DatagramRing.headroom, count: count)
    }
}
