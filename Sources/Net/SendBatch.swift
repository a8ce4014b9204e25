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
    private let accounts: UnsafeMutablePointer<Int>
    private var copied = 0
    private var count = 0
    /// The accounts of what can never leave by this socket.
    private var refused: [Int] = []

    /// An empty batch for a socket.
    public init(socket: UDPSocket) {
        self.socket = socket
        messages = .allocate(capacity: Self.capacity)
        vectors = .allocate(capacity: Self.capacity)
        destinations = .allocate(capacity: Self.capacity)
        copies = .allocate(capacity: Self.copySpace)
        accounts = .allocate(capacity: Self.capacity)
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
        accounts.deallocate()
    }

    /// Whether one more datagram fits, of which so many bytes are copied; else `flush` first.
    public func hasRoom(copying size: Int = 0) -> Bool { count < Self.capacity && copied + size <= Self.copySpace }

    /// Adds a datagram, which stays where it is; there has to be room. `account` is what `flush` names it by.
    public func stage(_ datagram: Datagram, to destination: TransportAddress, account: Int) {
        stage(unsafe datagram.pointer, datagram.count, destination, account)
    }

    /// Adds a copy of what was written; there has to be room.
    public func stage(copying bytes: borrowing ByteWriter, to destination: TransportAddress, account: Int) {
        guard hasRoom(copying: bytes.count) else { return refused.append(account) }
        unsafe (copies + copied).update(from: bytes.start, count: bytes.count)
        stage(copies + copied, bytes.count, destination, account)
        copied += bytes.count
    }

    private func stage(
        _ start: UnsafeMutablePointer<UInt8>, _ length: Int, _ destination: TransportAddress, _ account: Int
    ) {
        guard count < Self.capacity, destination.isIPv4 == socket.isIPv4 else { return refused.append(account) }
        vectors[count].iov_base = UnsafeMutableRawPointer(start)
        vectors[count].iov_len = length
        messages[count].header.msg_namelen = destination.store(into: destinations + count, isIPv4Socket: socket.isIPv4)
        accounts[count] = account
        count += 1
    }

    /// Sends what was added, and says of each datagram whether the kernel took it. One that the kernel refuses is passed over;
    /// when the send buffer is full the rest is given up: a relay never waits. An ICMP error about an earlier datagram is
    /// reported by the next call, which then sends nothing: it is tried again.
    public func flush(_ settle: (_ account: Int, _ isSent: Bool) -> Void) {
        var sent = 0, retried = 0
        while sent < count {
            let taken = Int(clinux_sendmmsg(socket.descriptor, messages + sent, UInt32(count - sent)))
            if taken > 0 {
                for i in sent..<(sent + taken) { settle(accounts[i], true) }
                sent += taken
            } else if errno == EAGAIN || errno == ENOBUFS {
                for i in sent..<count { settle(accounts[i], false) }
                break
            } else if isICMPError(errno), retried < Self.capacity {
                retried += 1
            } else if errno != EINTR {
                settle(accounts[sent], false)
                sent += 1
            }
        }
        count = 0
        copied = 0
        guard !refused.isEmpty else { return }
        for account in refused { settle(account, false) }
        refused.removeAll()
    }
}

/// Whether a failure of a call may be what ICMP said about an earlier datagram.
func isICMPError(_ code: Int32) -> Bool {
    code == ECONNREFUSED || code == EHOSTUNREACH || code == ENETUNREACH || code == EHOSTDOWN || code == EPROTO
}
