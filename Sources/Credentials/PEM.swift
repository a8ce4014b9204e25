// SPDX-License-Identifier: Apache-2.0
// PEM (RFC 7468): blocks of base64 between BEGIN and END lines, with any text between the blocks.

internal import COpenSSL

/// The blocks of a PEM text.
enum PEM {
    /// The contents of the blocks with this label, at most `limit` of them; other blocks and text are passed over.
    /// Throws where a block, of whatever label, is cut short or is not base64.
    static func blocks(
        labelled label: String, in bytes: [UInt8], limit: Int = .max
    ) throws(CredentialError) -> [[UInt8]] {
        let input = try MemoryBIO(copying: bytes)
        var found: [[UInt8]] = []
        while found.count < limit {
            guard let block = try nextBlock(from: input.pointer) else { break }
            if block.label == label { found.append(block.contents) }
        }
        return found
    }

    /// The blocks with these labels, each with its label, likewise.
    static func blocks(
        labelled labels: Set<String>, in bytes: [UInt8]
    ) throws(CredentialError) -> [(label: String, contents: [UInt8])] {
        let input = try MemoryBIO(copying: bytes)
        var found: [(label: String, contents: [UInt8])] = []
        while let block = try nextBlock(from: input.pointer) {
            if labels.contains(block.label) { found.append(block) }
        }
        return found
    }

    /// nil at the end of the text.
    private static func nextBlock(
        from input: OpaquePointer
    ) throws(CredentialError) -> (label: String, contents: [UInt8])? {
        var name: UnsafeMutablePointer<CChar>?
        var header: UnsafeMutablePointer<CChar>?
        var data: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard PEM_read_bio(input, &name, &header, &data, &count) == 1, let name, let data, count >= 0 else {
            let code = ERR_peek_last_error()
            if ERR_GET_LIB(code) == ERR_LIB_PEM, ERR_GET_REASON(code) == PEM_R_NO_START_LINE {
                OpenSSLErrorQueue.clear()
                return nil
            }
            throw CredentialError(openSSL: "a PEM block is broken")
        }
        defer {
            COpenSSL_free(name)
            COpenSSL_free(header)
            COpenSSL_free(data)
        }
        return (String(cString: name), [UInt8](UnsafeBufferPointer(start: data, count: count)))
    }
}
