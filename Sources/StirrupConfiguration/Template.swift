// SPDX-License-Identifier: Apache-2.0
//
// Header values with facts of the call in them.

/// A header value in which facts of the call are filled in.
public struct Template: Hashable, Sendable {
    /// A part of the value.
    public enum Piece: Hashable, Sendable {
        /// Text as it stands; without control characters.
        case literal(String)
        /// A fact; nothing where the call has none.
        case field(Field)
    }

    /// A fact of the call, by its name in braces.
    public enum Field: String, CaseIterable, Sendable {
        /// The outcome of verification.
        case verstat
        /// The attestation.
        case attest
        /// The origination identifier.
        case origid
        /// The service provider code of the signer.
        case signer
        /// The score so far.
        case score
        /// The name of the rule.
        case rule
        /// The caller's number.
        case caller
        /// The callee's number.
        case callee
    }

    /// The parts, in order.
    public let pieces: [Piece]
}

/// Why a text is not a template.
enum TemplateSyntaxError: Error, Equatable {
    /// A name in braces that is no fact.
    case unknownField(String)
    /// An opening brace without a closing one.
    case unclosed
}

extension Template {
    init(parsing text: String) throws(TemplateSyntaxError) {
        var pieces: [Piece] = [], rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { pieces.append(.literal(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else { throw .unclosed }
            let name = String(rest[rest.index(after: open)..<close])
            guard let field = Field(rawValue: name) else { throw .unknownField(name) }
            pieces.append(.field(field))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.literal(String(rest))) }
        self.pieces = pieces
    }
}
