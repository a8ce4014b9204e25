// SPDX-License-Identifier: Apache-2.0

import Glibc
import SIP
import Testing

@testable import Net

@Suite("UDPSocket and SocketAddress")
struct UDPSocketTests {
    @Test("a socket knows its family and the port that the kernel chose", arguments: Loopback.Family.available)
    func binding(_ family: Loopback.Family) throws {
        let socket = try UDPSocket(binding: family.address)
        #expect(socket.address.hasSameIP(as: family.address) && socket.address.port != 0)
        #expect(socket.isIPv4 == (family == .ipv4) && socket.address.isIPv4 == socket.isIPv4)
    }

    @Test("a port in use is an error that names the address", arguments: Loopback.Family.available)
    func portInUse(_ family: Loopback.Family) throws {
        let first = try UDPSocket(binding: family.address)
        do {
            _ = try UDPSocket(binding: first.address)
            Issue.record("two sockets on \(first.address)")
        } catch {
            #expect(error.code == EADDRINUSE)
            #expect(error.description == "cannot listen on UDP \(first.address): Address already in use")
        }
    }

    @Test("an address that is not this machine's is an error that names it")
    func foreignAddress() throws {
        let foreign = try #require(TransportAddress("192.0.2.77:5060"))
        let error = #expect(throws: SystemError.self) { try UDPSocket(binding: foreign) }
        #expect(error?.code == EADDRNOTAVAIL && error?.action == "cannot listen on UDP 192.0.2.77:5060")
    }

    @Test("a port is free again when its socket is gone")
    func closing() throws {
        let address = try UDPSocket(binding: Loopback.Family.ipv4.address).address
        #expect(throws: Never.self) { try UDPSocket(binding: address) }
    }

    @Test("an IPv6 socket leaves the port to IPv4", .enabled(if: Loopback.Family.available.count == 2, "needs both families"))
    func bothFamilies() throws {
        let ipv6 = try UDPSocket(binding: TransportAddress(high: 0, low: 0, port: 0))
        let ipv4 = try UDPSocket(binding: TransportAddress(ipv4: 0, port: ipv6.address.port))
        #expect(ipv4.isIPv4 && !ipv6.isIPv4 && ipv4.address.port == ipv6.address.port)
    }

    @Test("a datagram that the kernel does not take")
    func refused() throws {
        let loopback = try Loopback(.ipv4)
        let toNowhere = loopback.near.send(writer([1]), to: loopback.far.address.with(port: 0))
        let tooLarge = loopback.near.send(writer([UInt8](repeating: 1, count: 65_508)), to: loopback.far.address)
        #expect(!toNowhere && !tooLarge)
    }

    @Test("the kernel's form of an address is read as the address that was written")
    func kernelForm() {
        for text in [
            "192.0.2.1:5060", "0.0.0.0:1", "255.255.255.255:65535", "[2001:db8::1]:5060", "[::]:0", "[::ffff:c000:201]:9",
        ] {
            guard let address = TransportAddress(text) else {
                Issue.record("no address: \(text)")
                continue
            }
            for isIPv4Socket in address.isIPv4 ? [true, false] : [false] {
                var storage = sockaddr_in6()
                let length = address.store(into: &storage, isIPv4Socket: isIPv4Socket)
                #expect(TransportAddress(&storage) == address)
                #expect(Int(length) == (isIPv4Socket ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size))
                #expect(Int32(storage.sin6_family) == (isIPv4Socket ? AF_INET : AF_INET6))
            }
        }
    }
}
