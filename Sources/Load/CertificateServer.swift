// SPDX-License-Identifier: Apache-2.0
//
// Publishes the certificates of a laboratory: as much of HTTP/1.1 as a GET of a file needs, one connection after the other.

import Foundation
import Net
import Synchronization

/// A web server that has the chains of a laboratory's carriers and nothing else.
public final class CertificateServer: Sendable {
    private let listener: Int32
    private let chains: [String: [UInt8]]
    private let isStopping = Atomic(false)
    private let count = Atomic(0)
    private let thread = Mutex<OSThread?>(nil)
    /// The port it has, which the kernel chose where the URL says 0.
    public let port: UInt16

    /// Publishes them under an http URL whose host is an IPv4 address of this machine.
    public init(_ lab: LabCarriers, at url: String) throws {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host else {
            throw LoadError("\(url) is no http URL where certificates could be published; with --no-publish nothing is")
        }
        let path = parts.path.hasSuffix("/") ? String(parts.path.dropLast()) : parts.path
        chains = lab.carriers.reduce(into: [:]) { $0["\(path)/\($1.code).pem"] = $1.chain }
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: parts.port ?? 80).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound =
            inet_pton(AF_INET, host, &address.sin_addr) == 1
            && withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && listen(descriptor, 128) == 0
                        && getsockname(descriptor, $0, &length) == 0
                }
            }
        port = UInt16(bigEndian: address.sin_port)
        guard isBound else {
            let reason = String(cString: strerror(errno))
            close(listener)
            throw LoadError("cannot publish certificates at \(url): \(reason); with --no-publish nothing is published")
        }
        let started = try OSThread(name: "certificates") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// How many certificates were fetched.
    public var served: Int { count.load(ordering: .relaxed) }

    /// Ends it.
    public func stop() {
        isStopping.store(true, ordering: .relaxed)
        shutdown(listener, Int32(SHUT_RDWR))
        thread.withLock { $0.take() }?.join()
        close(listener)
    }

    private func run() {
        while !isStopping.load(ordering: .relaxed) {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            answer(connection)
            close(connection)
        }
    }

    private func answer(_ connection: Int32) {
        // Whoever says nothing keeps nobody waiting for long.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var request: [UInt8] = [], part = [UInt8](repeating: 0, count: 4096)
        while request.count < 16_384, !request.ends(with: "\r\n\r\n") {
            let count = recv(connection, &part, part.count, 0)
            guard count > 0 else { return }
            request += part[0..<count]
        }
        let words = String(decoding: request, as: UTF8.self).prefix { $0 != "\r\n" }.split(separator: " ")
        let chain = words.count == 3 && words[0] == "GET" ? chains[String(words[1])] : nil
        if chain != nil { count.add(1, ordering: .relaxed) }
        let head = """
            HTTP/1.1 \(chain == nil ? "404 Not Found" : "200 OK")\r\nContent-Type: application/pem-certificate-chain\r\n\
            Content-Length: \(chain?.count ?? 0)\r\nCache-Control: max-age=3600\r\nConnection: close\r\n\r\n
            """
        let answer = Array(head.utf8) + (chain ?? [])
        var sent = 0
        while sent < answer.count {
            let count = answer.withUnsafeBytes { bytes in
                send(connection, bytes.baseAddress.map { $0 + sent }, answer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
