// SPDX-License-Identifier: Apache-2.0
//
// Logs of many gigabytes are read line by line through one buffer, whose size no line can change.

import Foundation
import PlainText

/// The lines of a file or of standard input.
struct LineReader: ~Copyable {
    /// What was read last.
    enum Line {
        /// A line, without its end; where in `buffer` it is.
        case text(Range<Int>)
        /// A line that does not fit into the buffer, and was skipped.
        case tooLong
    }

    /// The longest line, which is far longer than any that a log has.
    static let longest = 1 << 18

    private(set) var buffer: [UInt8]
    private var start = 0, end = 0
    private var isAtEnd = false
    private let descriptor: Int32
    private let path: String

    /// Opens a file; `-` is standard input.
    init(path: String) throws(ReportError) {
        self.path = path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ReportError(path: path, code: errno) }
        buffer = [UInt8](repeating: 0, count: Self.longest)
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// The next line, or nil at the end.
    mutating func next() throws(ReportError) -> Line? {
        var scanned = start, isTooLong = false
        while true {
            if let found = buffer[scanned..<end].firstIndex(of: UInt8(ascii: "\n")) {
                let line = start..<(found > start && buffer[found - 1] == UInt8(ascii: "\r") ? found - 1 : found)
                start = found + 1
                return isTooLong ? .tooLong : .text(line)
            }
            if isAtEnd {
                let line = start..<end
                start = end
                return isTooLong ? .tooLong : line.isEmpty ? nil : .text(line)
            }
            if start == 0, end == buffer.count {
                isTooLong = true
                end = 0
            }
            try fill()
            scanned = start
        }
    }

    private mutating func fill() throws(ReportError) {
        if start > 0 {
            buffer.replaceSubrange(0..<(end - start), with: Array(buffer[start..<end]))
            end -= start
            start = 0
        }
        while true {
            let room = end
            let count = buffer.withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress.map { $0 + room }, $0.count - room)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ReportError(path: path, code: errno) }
            isAtEnd = count == 0
            end += count
            return
        }
    }
}

/// Why no report can be made.
public struct ReportError: Error, CustomStringConvertible {
    /// A sentence without a full stop.
    public let description: String

    /// A reason.
    public init(_ description: String) { self.description = description }

    init(path: String, code: Int32) {
        description = "cannot read \(Printable.text(path, longest: 200)): \(String(cString: strerror(code)))"
    }
}
