// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A web server on a loopback address, at a port that the kernel chose, that also does what none should.
final class LoopbackWeb: Sendable {
    enum Answer: Sendable {
        case content([UInt8], headers: [String] = [])
        case status(Int, headers: [String] = [])
        /// Takes the request and keeps silent.
        case silence
        /// A byte, and another one every 50 ms.
        case trickle
        case reset
        case garbage
        /// A body without end.
        case flood
    }

    private struct State {
        var hits: [String: Int] = [:]
        var requests: [String] = []
        var open: Set<Int32> = []
        var isStopped = false
    }

    let port: UInt16
    let address: String
    private let listener: Int32
    private let state = Mutex(State())
    private let answer: @Sendable (_ path: String) -> Answer

    /// A server that gives these answers.
    init(address: String = "127.0.0.1", _ answer: @escaping @Sendable (_ path: String) -> Answer) throws {
        self.address = address
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var local = sockaddr_in()
        local.sin_family = sa_family_t(AF_INET)
        local.sin_addr.s_addr = inet_addr(address)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let isBound = withUnsafeMutablePointer(to: &local) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bound in
                bind(listener, bound, length) == 0 && listen(listener, 512) == 0 && getsockname(listener, bound, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EINVAL) }
        port = UInt16(bigEndian: local.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { return }
                self.take(connection)
            }
        }
    }

    deinit { stop() }

    /// Closes all connections and takes no more.
    func stop() {
        let open = state.withLock { state -> Set<Int32>? in
            if state.isStopped { return nil }
            state.isStopped = true
            defer { state.open = [] }
            return state.open
        }
        guard let open else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for connection in open { close(connection) }
    }

    func url(_ path: String) -> [UInt8] { Array("http://\(address):\(port)/\(path)".utf8) }

    /// How often a path was asked for.
    func hits(_ path: String) -> Int { state.withLock { $0.hits["/\(path)", default: 0] } }
    var allHits: Int { state.withLock { $0.hits.values.reduce(0, +) } }
    /// The requests, as they came.
    var requests: [String] { state.withLock { $0.requests } }

    private func take(_ connection: Int32) {
        state.withLock { _ = $0.open.insert(connection) }
        Thread.detachNewThread { [weak self] in
            var text = ""
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !text.contains("\r\n\r\n") {
                let count = recv(connection, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                text += String(decoding: buffer.prefix(count), as: UTF8.self)
            }
            let words = text.split(separator: " ")
            guard words.count > 1 else { self?.end(connection); return }
            let path = String(words[1])
            let answer = self?.state.withLock { state in
                state.hits[path, default: 0] += 1
                state.requests.append(text)
                return self?.answer
            }
            guard let answer = answer?.map({ $0(path) }) else { return }
            if Self.give(answer, connection) { self?.end(connection) }
        }
    }

    /// False: the connection stays open.
    private static func give(_ answer: Answer, _ connection: Int32) -> Bool {
        func put(_ bytes: [UInt8]) -> Bool { send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count }
        func head(_ status: Int, _ headers: [String], _ length: Int) -> [UInt8] {
            let fields = headers + ["Content-Length: \(length)", "Connection: close"]
            return Array("HTTP/1.1 \(status) X\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n".utf8)
        }
        switch answer {
        case .content(let body, let headers): _ = put(head(200, headers, body.count) + body)
        case .status(let status, let headers): _ = put(head(status, headers, 0))
        case .silence: return false
        case .trickle:
            _ = put(head(200, [], 1000))
            while put([65]) { usleep(50_000) }
        case .reset:
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        case .garbage: _ = put([UInt8](repeating: 0xA5, count: 4096))
        case .flood:
            _ = put(Array("HTTP/1.1 200 X\r\nConnection: close\r\n\r\n".utf8))
            let block = [UInt8](repeating: 65, count: 65536)
            while put(block) {}
        }
        return true
    }

    private func end(_ connection: Int32) {
        if state.withLock({ $0.open.remove(connection) }) != nil { close(connection) }
    }
}

/// Clocks that a test sets.
final class LabClock: Sendable {
    private let storage: Mutex<(seconds: Int64, milliseconds: Int64)>

    init(at seconds: Int64) { storage = Mutex((seconds, 1_000_000)) }

    var seconds: Int64 { storage.withLock { $0.seconds } }
    var milliseconds: Int64 { storage.withLock { $0.milliseconds } }

    /// Lets time pass on both.
    func advance(_ seconds: Int64) {
        storage.withLock { $0 = ($0.seconds + seconds, $0.milliseconds + seconds * 1000) }
    }
}

/// Waits for something that has to come, at most so many seconds. Leaves its thread to what it waits for.
func eventually(within seconds: Double = 120, _ isThere: () throws -> Bool) async rethrows -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while try !isThere() {
        if Date() > deadline { return false }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return true
}
