// SPDX-License-Identifier: Apache-2.0
// One owner for each EVP_PKEY. Keys are read-only once made, which OpenSSL allows several threads to do at once.

internal import COpenSSL

/// A key of any type, freed with its last user.
final class OwnedKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(taking pointer: OpaquePointer) {
        self.pointer = pointer
    }

    /// Adds a reference of its own.
    init?(sharing pointer: OpaquePointer?) {
        guard let pointer, EVP_PKEY_up_ref(pointer) == 1 else { return nil }
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// The bytes 4, x, y of the public point (SEC 1 §2.3.3, 65 bytes); nil unless this is a valid P-256 key.
    func p256Point() -> [UInt8]? {
        defer { OpenSSLErrorQueue.clear() }
        guard groupName() == "prime256v1", EVP_PKEY_get_base_id(pointer) == EVP_PKEY_EC, isPointOnCurve(),
            let x = coordinate(OSSL_PKEY_PARAM_EC_PUB_X), let y = coordinate(OSSL_PKEY_PARAM_EC_PUB_Y)
        else { return nil }
        return [4] + x + y
    }

    /// Such as "RSA, 2048 bits" or "EC, secp384r1".
    func kind() -> String {
        defer { OpenSSLErrorQueue.clear() }
        let type = EVP_PKEY_get0_type_name(pointer).map { String(cString: $0) } ?? "unknown"
        if let group = groupName() { return "\(type), \(group)" }
        return "\(type), \(EVP_PKEY_get_bits(pointer)) bits"
    }

    private func groupName() -> String? {
        var name = [UInt8](repeating: 0, count: 64)
        var length = 0
        let known = name.withUnsafeMutableBytes { bytes in
            EVP_PKEY_get_group_name(
                pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &length)
        }
        guard known == 1, length > 0, length < name.count else { return nil }
        return String(decoding: name.prefix(length), as: UTF8.self)
    }

    /// The point at infinity can be encoded too, and with it anybody's signature would verify.
    private func isPointOnCurve() -> Bool {
        guard let context = EVP_PKEY_CTX_new(pointer, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        return EVP_PKEY_public_check_quick(context) == 1
    }

    private func coordinate(_ name: String) -> [UInt8]? {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pointer, name, &number) == 1, let number else { return nil }
        defer { BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: 32)
        return BN_bn2binpad(number, &bytes, 32) == 32 ? bytes : nil
    }
}
