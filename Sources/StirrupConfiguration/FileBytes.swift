// SPDX-License-Identifier: Apache-2.0
//
// Reading a whole file, with the system's own word for what went wrong.

import Foundation

/// Why a file could not be read.
struct FileReadingError: Error {
    let message: String
}

/// The contents of files.
enum FileBytes {
    /// All bytes of a file, which may be a pipe, of at most `limit` bytes.
    static func read(path: String, limit: Int) throws(FileReadingError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = [], size = max(expectedSize(descriptor) + 1, 4096)
        while true {
            var code: Int32 = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let got = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
                if got < 0 { code = errno }
                count = max(0, got)
            }
            if code == EINTR { continue }
            guard code == 0 else { throw failure(path, code) }
            if chunk.isEmpty { return bytes }
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
            guard bytes.count <= limit else {
                throw FileReadingError(message: "\(quoted(path)) is larger than \(limit) bytes")
            }
            size = 1 << 20
        }
    }

    private static func expectedSize(_ descriptor: Int32) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return 0 }
        return min(Int(status.st_size), 1 << 30)
    }

    private static func failure(_ path: String, _ code: Int32) -> FileReadingError {
        FileReadingError(message: "cannot read \(quoted(path)): \(String(cString: strerror(code)))")
    }
}
