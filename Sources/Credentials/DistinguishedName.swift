// SPDX-License-Identifier: Apache-2.0
// The subject of a certification request, from what an operator writes.

internal import COpenSSL

/// A distinguished name: attributes such as C, O and CN, each with its text.
public struct DistinguishedName: Sendable, Equatable {
    /// One attribute.
    struct Attribute: Sendable, Equatable {
        /// Its type as OpenSSL calls it: `C`, `O`, `CN`, …
        let type: String
        let value: String
    }

    /// In the order in which they are encoded: the country first.
    let attributes: [Attribute]

    init(_ attributes: [Attribute]) { self.attributes = attributes }

    /// A name of a common name alone.
    public init(commonName: String) { attributes = [Attribute(type: "CN", value: commonName)] }

    /// Reads `CN=SHAKEN 709J,O=Example,C=US` (RFC 4514), which begins with what is encoded last; OpenSSL's
    /// `/C=US/O=Example/CN=SHAKEN 709J`; or, without any `=`, a common name.
    ///
    /// Throws where a part is no attribute. Whether a type is known and its value allowed shows when it is used.
    public init(parsing text: String) throws(CredentialError) {
        guard text.contains("=") else {
            self.init(commonName: text)
            return
        }
        let isSlashed = text.hasPrefix("/")
        let parts = Self.parts(isSlashed ? String(text.dropFirst()) : text, separator: isSlashed ? "/" : ",")
        var attributes: [Attribute] = []
        for part in parts { attributes.append(try Self.attribute(part)) }
        self.init(isSlashed ? attributes : attributes.reversed())
    }

    /// What stands between separators, an escaped one being none.
    private static func parts(_ text: String, separator: Character) -> [String] {
        var parts = [""], isEscaped = false
        for character in text {
            if character == separator, !isEscaped {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return parts
    }

    private static func attribute(_ part: String) throws(CredentialError) -> Attribute {
        let part = part.drop { $0 == " " }
        guard let equals = part.firstIndex(of: "="), equals > part.startIndex,
            let value = unescaped(part[part.index(after: equals)...]), !value.isEmpty
        else { throw CredentialError("\"\(part)\" is no attribute of a name, such as O=Example") }
        return Attribute(type: String(part[..<equals]), value: value)
    }

    /// RFC 4514 §2.4: a backslash stands before a character, or before two hexadecimal digits; nil where it does not, and
    /// where several attributes are joined by `+`.
    private static func unescaped(_ text: Substring) -> String? {
        var bytes: [UInt8] = [], rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") { return nil }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if rest.count >= 2, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }), let pair = UInt8(digits, radix: 16) {
                bytes.append(pair)
                rest = rest.dropFirst(2)
            } else if let next = rest.popFirst() {
                bytes.append(next)
            } else {
                return nil
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Writes it into an X509_NAME, which was empty.
    func write(to name: OpaquePointer?) throws(CredentialError) {
        for attribute in attributes {
            let bytes = Array(attribute.value.utf8)
            guard let count = Int32(exactly: bytes.count),
                X509_NAME_add_entry_by_txt(name, attribute.type, MBSTRING_UTF8, bytes, count, -1, 0) == 1
            else { throw CredentialError(openSSL: "\"\(attribute.type)=\(attribute.value)\" cannot be part of a name") }
        }
    }
}
