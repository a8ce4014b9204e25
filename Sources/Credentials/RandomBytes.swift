// SPDX-License-Identifier: Apache-2.0
// Randomness that an attacker must not guess: the proxy's secret, serial numbers, origination identifiers.

internal import COpenSSL

/// Bytes from OpenSSL's random generator, seeded by the kernel.
public enum RandomBytes {
    /// Fills `bytes` without allocating; false when the generator has no entropy, and then `bytes` must not be used.
    public static func fill(_ bytes: inout MutableSpan<UInt8>) -> Bool {
        bytes.withUnsafeMutableBufferPointer { buffer in
            guard let count = Int32(exactly: buffer.count) else { return false }
            if count == 0 || RAND_bytes(buffer.baseAddress, count) == 1 { return true }
            OpenSSLErrorQueue.clear()
            return false
        }
    }

    /// `count` new random bytes.
    public static func array(count: Int) throws(CredentialError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        guard fill(&span) else { throw CredentialError("the random generator gives nothing") }
        return bytes
    }
}
