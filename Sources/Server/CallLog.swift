// SPDX-License-Identifier: Apache-2.0
//
// The call log's way out: screeners append lines to a bounded buffer and go on; a thread of its own writes. When the disk or
// the journal does not keep up lines are lost and counted, calls are not.

import CSystemd
import Foundation
import Net
import SIP
import StirrupConfiguration
import Synchronization

/// Where calls are logged.
final class CallLog: Sendable {
    private static let limit = 4 << 20
    /// What comes within this time goes out together: a wake-up of the writer for each call would cost more than its line.
    private static let pause = DispatchTimeInterval.milliseconds(20)
    private let buffer = Mutex<[UInt8]>([])
    private let wakeup = DispatchSemaphore(value: 0)
    private let closing = DispatchSemaphore(value: 0)
    private let isClosed = StopFlag()
    private let wantsReopen = Atomic<Bool>(false)
    let destination: Configuration.CallLog

    init(_ destination: Configuration.CallLog) {
        self.destination = destination
        buffer.withLock { $0.reserveCapacity(1 << 16) }
    }

    /// Whether anything is logged at all.
    var isOn: Bool { destination != .off }

    /// Adds a line, its end included; false if there was no room.
    func append(_ line: borrowing ByteWriter) -> Bool {
        let (hadRoom, wasEmpty) = buffer.withLock { buffer in
            guard !line.overflowed, buffer.count + line.count <= Self.limit else { return (false, false) }
            let wasEmpty = buffer.isEmpty
            line.written.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
            return (true, wasEmpty)
        }
        if wasEmpty, hadRoom { wakeup.signal() }
        return hadRoom
    }

    /// Asks the writer to open the file anew, for log rotation.
    func reopen() {
        wantsReopen.store(true, ordering: .relaxed)
        wakeup.signal()
    }

    /// Ends the writer once everything is written.
    func close() {
        isClosed.set()
        closing.signal()
        wakeup.signal()
    }

    /// Opens the destination and returns the thread that writes to it.
    func start() throws -> OSThread? {
        guard isOn else { return nil }
        let file = try open()
        return try OSThread(name: "call-log") { self.run(file) }
    }

    private func open() throws -> FileHandle? {
        switch destination {
        case .off, .journal: return nil
        case .standardOutput: return .standardOutput
        case .file(let path):
            let descriptor = Foundation.open(path.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else { throw SystemError("cannot open the call log \(path.path)", code: errno) }
            return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }
    }

    private func run(_ opened: FileHandle?) {
        var file = opened, lines: [UInt8] = []
        while true {
            wakeup.wait()
            if !isClosed.isSet { _ = closing.wait(timeout: .now() + Self.pause) }
            if wantsReopen.exchange(false, ordering: .relaxed), case .file = destination {
                do { file = try open() } catch { operatorLog.error("\(error)") }
            }
            buffer.withLock { swap(&$0, &lines) }
            if !lines.isEmpty { write(lines, to: file) }
            lines.removeAll(keepingCapacity: true)
            if isClosed.isSet, buffer.withLock({ $0.isEmpty }) { return }
        }
    }

    private func write(_ lines: [UInt8], to file: FileHandle?) {
        if let file {
            do {
                try lines.withUnsafeBytes { try Self.write($0, to: file.fileDescriptor) }
            } catch {
                operatorLog.error("cannot write the call log: \(error)")
            }
            return
        }
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            var message = Array("MESSAGE=".utf8) + line
            let size = message.count
            message.withUnsafeMutableBytes { bytes in
                var vector = iovec(iov_base: bytes.baseAddress, iov_len: size)
                _ = sd_journal_sendv(&vector, 1)
            }
        }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        var written = 0
        while written < bytes.count {
            let count = Foundation.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("no room or no file", code: errno) }
            written += count
        }
    }
}
