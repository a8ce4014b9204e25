// SPDX-License-Identifier: Apache-2.0

import Net
import SIP

/// What is sent, for the counts.
enum Purpose: Int, CaseIterable, Sendable {
    /// The first transmission of an INVITE.
    case invite
    /// A later one of INVITE or BYE, or of an answer.
    case retransmission
    /// ACK.
    case acknowledgement
    /// The first transmission of BYE.
    case bye
    /// A response.
    case answer
}

/// A socket with the datagrams that are about to leave by it.
final class Outgoing {
    // No multiple of 4,096: else the heads of all slots would fall into the same cache sets.
    private static let stride = InvitePool.largest + readSlack + 192
    private static let slots = 64

    let socket: UDPSocket
    private let batch: SendBatch
    private let slab: UnsafeMutablePointer<UInt8>
    private var used = 0
    /// How many the kernel took, by purpose.
    private(set) var sent = [UInt64](repeating: 0, count: Purpose.allCases.count)
    /// How many it did not take.
    private(set) var refused: UInt64 = 0

    init(_ socket: UDPSocket) {
        self.socket = socket
        batch = SendBatch(socket: socket)
        slab = .allocate(capacity: Self.slots * Self.stride)
        slab.initialize(repeating: 0, count: Self.slots * Self.stride)
    }

    deinit { slab.deallocate() }

    /// Adds the INVITE of a call.
    func invite(_ number: UInt64, of pool: InvitePool, to destination: TransportAddress, _ purpose: Purpose) {
        if used == Self.slots || !batch.hasRoom() { flush() }
        let place = slab + used * Self.stride
        let length = pool.copy(number, to: place)
        used += 1
        let datagram = unsafe Datagram(base: place, capacity: Self.stride, start: 0, count: length)
        batch.stage(datagram, to: destination, account: purpose.rawValue)
    }

    /// Adds a copy of a message.
    func send(_ bytes: borrowing ByteWriter, to destination: TransportAddress, _ purpose: Purpose) {
        guard bytes.count > 0, !bytes.overflowed else { return }
        if !batch.hasRoom(copying: bytes.count) { flush() }
        batch.stage(copying: bytes, to: destination, account: purpose.rawValue)
    }

    /// Sends what was added.
    func flush() {
        batch.flush { account, isSent in
            if isSent { sent[account] += 1 } else { refused += 1 }
        }
        used = 0
    }
}
