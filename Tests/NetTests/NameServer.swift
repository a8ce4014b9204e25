// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A name server on loopback: says what it is told to, by UDP, and by TCP where a UDP answer is truncated.
final class NameServer: Sendable {
    enum Data {
        case address(String)
        case alias(String)
        case service(priority: UInt16, weight: UInt16, port: UInt16, host: String)
    }

    struct Record {
        var owner: String
        var data: Data
        var ttl: UInt32 = 300
    }

    /// What is said to a question.
    enum Reply {
        case records([Record])
        /// With this response code.
        case code(UInt8)
        /// The TC bit, and the records to who asks by TCP.
        case truncated([Record])
        /// The bytes of records that are none.
        case garbage([UInt8])
        case silence
    }

    let port: UInt16
    private let udp: Int32
    private let tcp: Int32
    private let reply: @Sendable (_ name: String, _ type: UInt16) -> Reply
    private let questions = Mutex<[String]>([])

    /// Every question so far, as `name type`.
    var asked: [String] { questions.withLock { $0 } }

    init(_ reply: @escaping @Sendable (_ name: String, _ type: UInt16) -> Reply) throws {
        self.reply = reply
        var bound: (udp: Int32, tcp: Int32, port: UInt16)?
        for _ in 0..<20 where bound == nil { bound = Self.bindBoth() }
        guard let bound else { throw POSIXError(.EADDRINUSE) }
        (udp, tcp, port) = bound
        Thread.detachNewThread { [self] in serveDatagrams() }
        Thread.detachNewThread { [self] in serveConnections() }
    }

    func stop() {
        shutdown(udp, Int32(SHUT_RDWR))
        shutdown(tcp, Int32(SHUT_RDWR))
    }

    private static func bindBoth() -> (Int32, Int32, UInt16)? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let udp = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0), tcp = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(udp, generic, length) == 0 && getsockname(udp, generic, &length) == 0 && bind(tcp, generic, length) == 0
            }
        }
        guard isBound, listen(tcp, 4) == 0 else {
            close(udp)
            close(tcp)
            return nil
        }
        return (udp, tcp, UInt16(bigEndian: address.sin_port))
    }

    private func serveDatagrams() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            var source = sockaddr_in(), length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &source) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(udp, &buffer, buffer.count, 0, $0, &length)
                }
            }
            guard count > 12 else { break }
            guard let answer = answer(Array(buffer.prefix(count)), isByTCP: false) else { continue }
            withUnsafeMutablePointer(to: &source) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = sendto(udp, answer, answer.count, 0, $0, length)
                }
            }
        }
        close(udp)
    }

    private func serveConnections() {
        while true {
            let connection = accept(tcp, nil, nil)
            guard connection >= 0 else { break }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection, &buffer, buffer.count, 0)
            if count > 14, let answer = answer(Array(buffer[2..<count]), isByTCP: true) {
                let framed = Self.bytes(UInt16(answer.count)) + answer
                send(connection, framed, framed.count, 0)
            }
            close(connection)
        }
        close(tcp)
    }

    private func answer(_ question: [UInt8], isByTCP: Bool) -> [UInt8]? {
        var labels: [String] = [], at = 12
        while at < question.count, question[at] != 0 {
            let end = at + 1 + Int(question[at])
            guard end < question.count else { return nil }
            labels.append(String(decoding: question[at + 1..<end], as: UTF8.self).lowercased())
            at = end
        }
        guard at + 5 <= question.count else { return nil }
        let type = UInt16(question[at + 1]) << 8 | UInt16(question[at + 2]), name = labels.joined(separator: ".")
        questions.withLock { $0.append("\(name) \(type)") }
        let section = Array(question[12..<at + 5])
        func message(_ flags: UInt16, _ records: [[UInt8]], count: Int? = nil) -> [UInt8] {
            Array(question.prefix(2)) + Self.bytes(flags) + Self.bytes(1) + Self.bytes(UInt16(count ?? records.count))
                + [0, 0, 0, 0] + section + records.joined()
        }
        switch reply(name, type) {
        case .records(let records): return message(0x8580, records.map(Self.bytes))
        case .code(let code): return message(0x8580 | UInt16(code), [])
        case .truncated(let records): return isByTCP ? message(0x8580, records.map(Self.bytes)) : message(0x8780, [])
        case .garbage(let bytes): return message(0x8580, [bytes], count: 3)
        case .silence: return nil
        }
    }

    private static func bytes(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

    private static func bytes(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private static func bytes(_ record: Record) -> [UInt8] {
        var type: UInt16, data: [UInt8]
        switch record.data {
        case .address(let text):
            type = text.contains(":") ? 28 : 1
            data = [UInt8](repeating: 0, count: type == 28 ? 16 : 4)
            inet_pton(type == 28 ? AF_INET6 : AF_INET, text, &data)
        case .alias(let name): (type, data) = (5, bytes(name))
        case .service(let priority, let weight, let port, let host):
            (type, data) = (33, bytes(priority) + bytes(weight) + bytes(port) + bytes(host))
        }
        let ttl = bytes(UInt16(record.ttl >> 16)) + bytes(UInt16(record.ttl & 0xFFFF))
        return bytes(record.owner) + bytes(type) + bytes(1) + ttl + bytes(UInt16(data.count)) + data
    }
}
