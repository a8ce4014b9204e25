// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// Keys out of one secret.
public enum KeyDerivation {
    /// 128 bits for one purpose: the beginning of HKDF-Expand (RFC 5869 §2.3) with HMAC-SHA-256, the label as `info`. Of a
    /// secret that is random already nothing has to be extracted first. Throws where OpenSSL does.
    public static func key(from secret: [UInt8], label: String) throws(CredentialError) -> (UInt64, UInt64) {
        let input = Array(label.utf8) + [1]
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard HMAC(EVP_sha256(), secret, Int32(secret.count), input, input.count, &output, &count) != nil, count == 32
        else { throw CredentialError(openSSL: "a key cannot be derived") }
        func word(_ start: Int) -> UInt64 { output[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) } }
        return (word(0), word(8))
    }
}
