// SPDX-License-Identifier: Apache-2.0
// OpenSSL reads and writes PEM and names through its own streams; this one is in memory.

internal import COpenSSL

/// An OpenSSL memory stream. What was in it is overwritten when it is freed, so keys may pass through.
struct MemoryBIO: ~Copyable {
    let pointer: OpaquePointer

    init() throws(CredentialError) {
        guard let bio = BIO_new(BIO_s_mem()) else { throw CredentialError(openSSL: "no memory for a stream") }
        pointer = bio
    }

    /// A stream that holds a copy of `bytes`.
    init(copying bytes: [UInt8]) throws(CredentialError) {
        guard let bio = BIO_new(BIO_s_mem()) else { throw CredentialError(openSSL: "no memory for a stream") }
        var written = 0
        guard bytes.isEmpty || BIO_write_ex(bio, bytes, bytes.count, &written) == 1, written == bytes.count else {
            BIO_free(bio)
            throw CredentialError(openSSL: "no memory for \(bytes.count) bytes")
        }
        pointer = bio
    }

    /// A copy of all that was written and not yet read.
    borrowing func contents() -> [UInt8] {
        var start: UnsafePointer<UInt8>?
        let count = COpenSSL_BIO_contents(pointer, &start)
        guard let start, count > 0 else { return [] }
        return [UInt8](UnsafeBufferPointer(start: start, count: count))
    }

    deinit {
        BIO_free(pointer)
    }
}
