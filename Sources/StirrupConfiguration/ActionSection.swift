// SPDX-License-Identifier: Apache-2.0
//
// Reading what a rule does: `then`, and the headers that it adds.

import SIP

extension Sections {
    /// What a rule does.
    func readAction(_ value: ValueReader, _ references: References) -> Configuration.Action? {
        if value.isScalar { return value.actionWord() }
        return value.mapping { keys in
            for word in actionKeys { _ = keys.optional(word) }
            for word in ["allow", "drop"] {
                // Asked for only where it is there: it is not a key to suggest.
                guard let found = keys.entries.first(where: { $0.name == word }) else { continue }
                _ = keys.optional(word)
                found.fault("\(quoted(word)) takes no value: write \"then: \(word)\"")
            }
            let given = keys.entries.filter { actionKeys.contains($0.name) }
            if given.count > 1 { keys.file.fault(given[1].keyPosition, "a rule does one thing: use a rule for each") }
            // Reason and headers belong to a rejection; beside anything else but a misspelt one they are unknown.
            if let reject = given.first(where: { $0.name == "reject" }) { return readRejection(keys, reject) }
            guard let action = given.first else { return readRejection(keys, nil) }
            switch action.name {
            case "tag": return action.mapping(readTag).map { .tag($0) }
            case "redirect": return action.contactURI().map { .redirect($0) }
            case "divert": return readDivert(action, references)
            default: return action.points().map { .score($0) }
            }
        }
    }

    private func readRejection(_ keys: MappingReader, _ value: ValueReader?) -> Configuration.Action? {
        let reasonValue = keys.optional("reason")
        let reason = reasonValue?.messageText(), headers = keys.optional("headers")?.headers() ?? []
        guard let value else {
            let isMisspelt = actionKeys.contains { keys.isMisspelt($0) }
            if !isMisspelt && !keys.entries.contains(where: { ["allow", "drop"].contains($0.name) }) {
                keys.file.fault(keys.position, "no action here; one of: \(actionWords.joined(separator: ", "))")
            }
            return nil
        }
        guard let code = value.rejectionCode() else { return nil }
        if code.isNetworkBlocked, let reasonValue {
            reasonValue.fault("603+ has a reason phrase of its own: Network Blocked")
        }
        return .reject(
            Configuration.Rejection(
                code: code.code, reason: reason, headers: headers, isNetworkBlocked: code.isNetworkBlocked))
    }

    private func readDivert(_ value: ValueReader, _ references: References) -> Configuration.Action? {
        guard let peer = references.peers.index(of: value, "peer") else { return nil }
        if references.peersWithoutTarget.contains(peer) {
            value.fault("peer \(quoted(value.word ?? "")) has no targets: nothing can be sent there")
        }
        return .divert(peer)
    }

    private func readTag(_ keys: MappingReader) -> Configuration.Tag? {
        let displayName = keys.optional("display_name"), headers = keys.optional("headers")
        if displayName == nil, headers == nil, keys.entries.isEmpty {
            keys.file.fault(keys.position, "\"tag\" needs \"display_name\" or \"headers\"")
        }
        return Configuration.Tag(displayName: displayName?.messageText(), headers: headers?.headers() ?? [])
    }
}

extension ValueReader {
    /// An action that is one word.
    fileprivate func actionWord() -> Configuration.Action? {
        guard let text = text() else { return nil }
        switch text {
        case "allow": return .allow
        case "drop": return .drop
        case "reject":
            return .reject(Configuration.Rejection(code: nil, reason: nil, headers: [], isNetworkBlocked: false))
        case "tag": fault("\"tag\" needs what to add: { tag: { display_name: …, headers: … } }")
        case "redirect": fault("\"redirect\" needs where to: { redirect: \"sip:+12025550142@example.com\" }")
        case "divert": fault("\"divert\" needs where to: { divert: PEER }")
        case "score": fault("\"score\" needs how much: { score: +20 }")
        default: fault(wrongWord(text, "an action", accepted: actionWords))
        }
        return nil
    }

    /// A URI that may stand in a Contact (RFC 3261 §21.3.3).
    fileprivate func contactURI() -> String? {
        guard let text = messageText() else { return nil }
        let bytes = Array(text.utf8), padded = bytes + [UInt8](repeating: 0, count: readSlack)
        // URI characters only, so that it needs no escape between its brackets.
        guard bytes.count <= 512, bytes.allSatisfy({ $0 < 0x80 }),
            let uri = SIPURI(padded.span, ByteRange(0, bytes.count)), uri.scheme != .other
        else {
            fault("\(quoted(text)) is not a sip, sips or tel URI, such as sip:+12025550142@example.com")
            return nil
        }
        return text
    }

    /// What an action adds to the score, such as `+20`.
    fileprivate func points() -> Int? {
        guard let text = text() else { return nil }
        let isNegative = text.hasPrefix("-")
        let digits = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        if let points = decimal(digits, in: 0...10_000) { return isNegative ? -points : points }
        fault("\(quoted(text)) is nothing that a score can be raised by: +1 to +10000, or -1 to -10000")
        return nil
    }

    fileprivate func rejectionCode() -> (code: UInt16, isNetworkBlocked: Bool)? {
        guard let text = text() else { return nil }
        if text == "603+" { return (603, true) }
        if let code = decimal(text, in: 300...699) { return (UInt16(code), false) }
        fault("\(quoted(text)) is not a status code for a rejection; accepted: 300 to 699, or 603+")
        return nil
    }

    /// Headers to add, and what stands in them.
    fileprivate func headers() -> [Configuration.TaggedHeader] {
        let headers = mapping { section in
            var names: Set<String> = []
            return section.entries.compactMap { entry -> Configuration.TaggedHeader? in
                _ = section.optional(entry.name)
                let isName = entry.isHeaderName(), value = entry.template()
                if !names.insert(entry.name.lowercased()).inserted {
                    file.fault(entry.keyPosition, "\(quoted(entry.name)) is given twice: header names have no case")
                }
                guard isName, let value else { return nil }
                return Configuration.TaggedHeader(name: entry.name, value: value)
            }
        }
        return headers ?? []
    }

    private func isHeaderName() -> Bool {
        let bytes = Array(name.utf8)
        guard bytes.count <= 64, bytes.span.isToken(ByteRange(0, bytes.count)) else {
            file.fault(keyPosition, "\(quoted(name)) is not a header name (RFC 3261 token)")
            return false
        }
        guard !ownHeaders.contains(name.lowercased()) else {
            file.fault(keyPosition, "\(quoted(name)) is a header that a rule cannot set")
            return false
        }
        return true
    }

    private func template() -> Template? {
        guard let text = messageText() else { return nil }
        do throws(TemplateSyntaxError) {
            return try Template(parsing: text)
        } catch {
            switch error {
            case .unknownField(let field):
                fault(wrongWord(field, "a fact of the call", accepted: Template.Field.allCases.map(\.rawValue)))
            case .unclosed:
                fault("\(quoted(text)) has a \"{\" without a \"}\"")
            }
            return nil
        }
    }
}

/// The actions that say more than their name.
private let actionKeys = ["reject", "tag", "redirect", "divert", "score"]
/// All actions.
private let actionWords = ["allow", "drop"] + actionKeys

/// Headers that the proxy itself writes or reads, and those that say what the body is; with their compact forms. A header
/// that a rule sets is first removed from what peers send: none of these may be.
private let ownHeaders: Set<String> = [
    "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "max-forwards", "content-length", "l", "route",
    "record-route",
    "contact", "m", "identity", "y", "content-type", "c", "content-encoding", "e", "p-asserted-identity",
    "p-attestation-indicator", "p-origination-id",
]
