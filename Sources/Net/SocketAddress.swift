// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import SIP

/// How many bytes an IPv4 or IPv6 socket address takes at most.
let socketAddressSize = MemoryLayout<sockaddr_in6>.size

extension TransportAddress {
    /// Writes the kernel's form of this address for a socket of that family; returns its length.
    func store(into storage: UnsafeMutablePointer<sockaddr_in6>, isIPv4Socket: Bool) -> socklen_t {
        if isIPv4Socket {
            storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                address.pointee = sockaddr_in()
                address.pointee.sin_family = sa_family_t(AF_INET)
                address.pointee.sin_port = port.bigEndian
                address.pointee.sin_addr.s_addr = ipv4.bigEndian
            }
            return socklen_t(MemoryLayout<sockaddr_in>.size)
        }
        storage.pointee = sockaddr_in6()
        storage.pointee.sin6_family = sa_family_t(AF_INET6)
        storage.pointee.sin6_port = port.bigEndian
        var halves = (high.bigEndian, low.bigEndian)
        withUnsafeMutableBytes(of: &storage.pointee.sin6_addr) { destination in
            withUnsafeBytes(of: &halves) { destination.copyMemory(from: $0) }
        }
        return socklen_t(MemoryLayout<sockaddr_in6>.size)
    }

    /// An address from the kernel's form.
    init(_ storage: UnsafePointer<sockaddr_in6>) {
        if storage.pointee.sin6_family == sa_family_t(AF_INET) {
            let (address, port) = storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                ($0.pointee.sin_addr.s_addr, $0.pointee.sin_port)
            }
            self.init(ipv4: UInt32(bigEndian: address), port: UInt16(bigEndian: port))
            return
        }
        let (high, low) = withUnsafeBytes(of: storage.pointee.sin6_addr) {
            ($0.loadUnaligned(fromByteOffset: 0, as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(
            high: UInt64(bigEndian: high), low: UInt64(bigEndian: low), port: UInt16(bigEndian: storage.pointee.sin6_port))
    }
}
