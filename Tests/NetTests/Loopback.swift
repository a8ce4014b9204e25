// SPDX-License-Identifier: Apache-2.0

import Net
import SIP

/// Two sockets on loopback, on ports that the kernel chose.
struct Loopback {
    enum Family: String, Sendable, CaseIterable {
        case ipv4 = "127.0.0.1:0"
        case ipv6 = "[::1]:0"

        /// The families that this machine has.
        static let available = allCases.filter { (try? UDPSocket(binding: $0.address)) != nil }

        var address: TransportAddress { TransportAddress(rawValue) ?? .none }
    }

    /// A datagram that came in.
    struct Received: Equatable {
        var bytes: [UInt8]
        var source: TransportAddress
    }

    let near: UDPSocket
    let far: UDPSocket
    private let arrivals: EventLoop
    private let batch = ReceiveBatch()

    init(_ family: Family) throws {
        near = try UDPSocket(binding: family.address)
        far = try UDPSocket(binding: family.address)
        arrivals = try EventLoop(wakeup: Wakeup())
        try arrivals.add(far, token: 0)
    }

    /// Takes `count` datagrams that were sent to `far`, or fewer where no more come.
    func receive(_ count: Int) -> [Received] {
        var received: [Received] = []
        while received.count < count {
            var isReady = false
            arrivals.wait(milliseconds: 5000) { _, _ in isReady = true }
            guard isReady else { return received }
            for i in 0..<batch.receive(from: far) {
                received.append(Received(bytes: bytes(batch.datagram(i)), source: batch.source(i)))
            }
        }
        return received
    }

    private func bytes(_ datagram: Datagram) -> [UInt8] {
        let span = datagram.span
        return (0..<datagram.count).map { span[$0] }
    }
}

/// A writer that holds `bytes`.
func writer(_ bytes: [UInt8]) -> ByteWriter {
    var writer = ByteWriter(capacity: bytes.count)
    writer.put(bytes)
    return writer
}
