// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc
public import SIP

/// What one `recvmmsg` brings: a row of slots laid out once, each with headroom in front of the datagram (so that it can grow
/// to the left without its body being moved) and slack behind it.
public final class ReceiveBatch {
    /// How many datagrams one call takes at most.
    public static let capacity = 64
    /// Free bytes in front of each datagram: room for Via, Record-Route, Identity, Date and tags.
    public static let headroom = 4096
    // The stride is no multiple of 4,096: else the heads of all slots would fall into the same cache sets.
    private static let stride = headroom + 65536 + readSlack + 192

    private let slab: UnsafeMutablePointer<UInt8>
    private let messages: UnsafeMutablePointer<clinux_mmsghdr>
    private let vectors: UnsafeMutablePointer<iovec>
    private let sources: UnsafeMutablePointer<sockaddr_in6>
    /// How many datagrams the last call brought.
    public private(set) var count = 0

    /// A batch with its memory, of which pages are only used where datagrams reach.
    public init() {
        slab = .allocate(capacity: Self.capacity * Self.stride)
        messages = .allocate(capacity: Self.capacity)
        vectors = .allocate(capacity: Self.capacity)
        sources = .allocate(capacity: Self.capacity)
        for i in 0..<Self.capacity {
            vectors[i] = iovec(iov_base: slab + i * Self.stride + Self.headroom, iov_len: 65536)
            sources[i] = sockaddr_in6()
            var header = msghdr()
            header.msg_name = UnsafeMutableRawPointer(sources + i)
            header.msg_namelen = socklen_t(socketAddressSize)
            header.msg_iov = vectors + i
            header.msg_iovlen = 1
            messages[i] = clinux_mmsghdr(header: header, length: 0)
        }
    }

    deinit {
        slab.deallocate()
        messages.deallocate()
        vectors.deallocate()
        sources.deallocate()
    }

    /// Takes what the socket has, at most `capacity` datagrams; returns how many. Errors that a sender or a path can cause
    /// (ICMP) count as nothing received.
    public func receive(from socket: UDPSocket) -> Int {
        // The kernel wrote the lengths of those sources that it told last time.
        for i in 0..<count { messages[i].header.msg_namelen = socklen_t(socketAddressSize) }
        let received = clinux_recvmmsg(socket.descriptor, messages, UInt32(Self.capacity))
        count = max(0, Int(received))
        return count
    }

    /// The datagram in slot `i`; valid until the next `receive`.
    public func datagram(_ i: Int) -> Datagram {
        let size = min(Int(messages[i].length), 65535)
        return unsafe Datagram(
            base: slab + i * Self.stride, capacity: Self.stride, start: Self.headroom, count: size)
    }

    /// Who sent the datagram in slot `i`.
    public func source(_ i: Int) -> TransportAddress { TransportAddress(sources + i) }
}
