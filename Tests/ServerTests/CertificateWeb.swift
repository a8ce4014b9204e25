// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A web server on loopback that serves these bodies by path, one request a connection.
final class CertificateWeb: Sendable {
    struct NoSocket: Error {}

    let port: UInt16
    private let listener: Int32

    init(_ bodies: [String: [UInt8]]) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, raw, &size) == 0
            }
        }
        guard isOpen else { throw NoSocket() }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        let thread = Thread { Self.serve(listener, bodies) }
        thread.start()
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ listener: Int32, _ bodies: [String: [UInt8]]) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            var request = [UInt8](repeating: 0, count: 4096)
            let count = read(connection, &request, request.count)
            let words = String(decoding: request.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
            let body = words.count > 1 ? bodies[String(words[1])] : nil
            let head =
                "HTTP/1.1 \(body == nil ? "404 Not Found" : "200 OK")\r\nContent-Length: \(body?.count ?? 0)\r\n"
                + "Connection: close\r\n\r\n"
            let answer = Array(head.utf8) + (body ?? [])
            _ = write(connection, answer, answer.count)
            close(connection)
        }
        close(listener)
    }
}
