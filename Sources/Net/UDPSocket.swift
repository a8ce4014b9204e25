// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc
public import SIP

/// A bound, nonblocking UDP socket. Any thread may send on it; one receives.
public final class UDPSocket: Sendable {
    /// The descriptor.
    public let descriptor: Int32
    /// Where it is bound; the port that the kernel chose where 0 was asked for.
    public let address: TransportAddress
    /// Whether it is an IPv4 socket.
    public let isIPv4: Bool

    private static let bufferSize: Int32 = 8 << 20

    /// Binds a socket; `wildcard` is one of ours that is bound to all addresses at the same port, if there is one.
    public init(binding address: TransportAddress, beside wildcard: UDPSocket? = nil) throws(SystemError) {
        // `::` and `::1` have nothing that says IPv4; `0.0.0.0` is kept in its mapped form.
        isIPv4 = address.isIPv4
        var storage = sockaddr_in6()
        let length = address.store(into: &storage, isIPv4Socket: isIPv4)
        let result = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                clinux_udp_socket($0, length, Self.bufferSize, wildcard?.descriptor ?? -1)
            }
        }
        guard result >= 0 else { throw SystemError("cannot listen on UDP \(address)", code: -result) }
        descriptor = result
        var size = socklen_t(socketAddressSize)
        withUnsafeMutablePointer(to: &storage) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(result, $0, &size) }
        }
        self.address = TransportAddress(&storage)
    }

    deinit { close(descriptor) }

    /// How many datagrams the kernel dropped because the receive buffer was full.
    public var receiveDrops: UInt64 { UInt64(clinux_receive_drops(descriptor)) }

    /// How many bytes wait in the receive buffer, and how many may.
    public var receiveQueue: (filled: Int, capacity: Int) {
        var filled: UInt32 = 0, capacity: UInt32 = 0
        clinux_receive_queue(descriptor, &filled, &capacity)
        return (Int(filled), Int(capacity))
    }

    /// Takes what ICMP says about datagrams that were sent: calls `refused` with each address where nobody listens.
    public func takeICMPErrors(_ refused: (TransportAddress) -> Void) {
        var destination = sockaddr_in6()
        var isRefused: Int32 = 0
        for _ in 0..<64 {
            guard clinux_next_icmp_error(descriptor, &destination, &isRefused) == 1 else { return }
            if isRefused != 0 { refused(TransportAddress(&destination)) }
        }
    }

    /// Sends one datagram at once; false when the kernel does not take it. For probes and tests: messages go in batches. An ICMP
    /// error about an earlier datagram, whoever that was for, is reported by the next call, which then sends nothing: it is tried
    /// again.
    public func send(_ bytes: borrowing ByteWriter, to destination: TransportAddress) -> Bool {
        var storage = sockaddr_in6()
        let length = destination.store(into: &storage, isIPv4Socket: isIPv4)
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                for _ in 0..<64 {
                    let sent = unsafe sendto(descriptor, bytes.start, bytes.count, Int32(MSG_DONTWAIT), address, length)
                    if sent >= 0 { return sent == bytes.count }
                    guard isICMPError(errno) || errno == EINTR else { return false }
                }
                return false
            }
        }
    }
}
