// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc
public import SIP

/// Datagrams on their way out of one socket, sent with one `sendmmsg`. Their bytes stay where they are and must not change
/// until `flush`; answers, which have no place of their own, are copied into the batch.
public final class SendBatch {
    private static let capacity = 64
    private static let copySpace = 1 << 18

    private let socket: UDPSocket
    private let messages: UnsafeMutablePointer<clinux_mmsghdr>
    private let vectors: UnsafeMutablePointer<iovec>
    private let destinations: UnsafeMutablePointer<sockaddr_in6>
    private let copies: UnsafeMutablePointer<UInt8>
    private var copied = 0
    private var count = 0
    /// How many datagrams the kernel did not take since this was last set to 0: a full send buffer, an unreachable network.
    public var failures = 0

    /// An empty batch for a socket.
    public init(socket: UDPSocket) {
        self.socket = socket
        messages = .allocate(capacity: Self.capacity)
        vectors = .allocate(capacity: Self.capacity)
        destinations = .allocate(capacity: Self.capacity)
        copies = .allocate(capacity: Self.copySpace)
        for i in 0..<Self.capacity {
            vectors[i] = iovec()
            destinations[i] = sockaddr_in6()
            var header = msghdr()
            header.msg_name = UnsafeMutableRawPointer(destinations + i)
            header.msg_iov = vectors + i
            header.msg_iovlen = 1
            messages[i] = clinux_mmsghdr(header: header, length: 0)
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        destinations.deallocate()
        copies.deallocate()
    }

    /// Adds a datagram, which stays where it is.
    public func stage(_ datagram: Datagram, to destination: TransportAddress) {
        stage(unsafe datagram.pointer, datagram.count, destination)
    }

    /// Adds a copy of what was written.
    public func stage(copying bytes: borrowing ByteWriter, to destination: TransportAddress) {
        // A full batch is sent first: what it copied would be overwritten.
        if count == Self.capacity || copied + bytes.count > Self.copySpace { flush() }
        guard bytes.count <= Self.copySpace else { return failures += 1 }
        unsafe (copies + copied).update(from: bytes.start, count: bytes.count)
        stage(copies + copied, bytes.count, destination)
        copied += bytes.count
    }

    private func stage(_ start: UnsafeMutablePointer<UInt8>, _ length: Int, _ destination: TransportAddress) {
        if count == Self.capacity { flush() }
        guard destination.isIPv4 == socket.isIPv4 else { return failures += 1 }
        vectors[count].iov_base = UnsafeMutableRawPointer(start)
        vectors[count].iov_len = length
        messages[count].header.msg_namelen = destination.store(into: destinations + count, isIPv4Socket: socket.isIPv4)
        count += 1
    }

    /// Sends what was added. A datagram that the kernel refuses is counted and passed over; when the send buffer is full the
    /// rest is counted: a relay never waits. An ICMP error about an earlier datagram is reported by the next call, which then
    /// sends nothing: it is tried again.
    public func flush() {
        var sent = 0, retried = 0
        while sent < count {
            let taken = Int(clinux_sendmmsg(socket.descriptor, messages + sent, UInt32(count - sent)))
            if taken > 0 {
                sent += taken
            } else if errno == EAGAIN || errno == ENOBUFS {
                failures += count - sent
                break
            } else if Self.isICMPError(errno), retried < Self.capacity {
                retried += 1
            } else if errno != EINTR {
                failures += 1
                sent += 1
            }
        }
        count = 0
        copied = 0
    }

    private static func isICMPError(_ code: Int32) -> Bool {
        code == ECONNREFUSED || code == EHOSTUNREACH || code == ENETUNREACH || code == EHOSTDOWN || code == EPROTO
    }
}
