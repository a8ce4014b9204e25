// SPDX-License-Identifier: Apache-2.0

import Net
import Proxy
import SIP

/// One thread's way out of one socket. What becomes of a datagram is counted when the kernel has taken it, or has not.
final class Outlet {
    private let batch: SendBatch
    private let counters: Counters

    init(socket: UDPSocket, counters: Counters) {
        batch = SendBatch(socket: socket)
        self.counters = counters
    }

    /// Adds a datagram, which must not change until `flush`; sent, it counts at `place`.
    func stage(_ datagram: Datagram, to destination: TransportAddress, place: Int) {
        if !batch.hasRoom() { flush() }
        batch.stage(datagram, to: destination, account: place)
    }

    /// Adds a copy of an answer.
    func stage(copying answer: borrowing ByteWriter, to destination: TransportAddress, place: Int) {
        if !batch.hasRoom(copying: answer.count) { flush() }
        batch.stage(copying: answer, to: destination, account: place)
    }

    /// Sends what was added.
    func flush() {
        batch.flush { place, isSent in
            counters.add(isSent ? place : CounterPlace.dropped + Int(DropReason.sendFailed.rawValue))
        }
    }
}
