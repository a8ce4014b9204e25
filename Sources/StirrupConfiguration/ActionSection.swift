// SPDX-License-Identifier: Apache-2.0
//
// Reading what a rule does: `then`, and the headers that it adds.

import SIP

extension Sections {
    /// What a rule does.
    func readAction(_ value: ValueReader) -> Configuration.Action? {
        if value.isScalar { return value.actionWord() }
        return value.mapping { keys in
            let reject = keys.optional("reject"), tag = keys.optional("tag")
            let later = keys.entries.filter { NotSupportedYet.actions.contains($0.name) }
            keys.reject(notSupportedYet: NotSupportedYet.actions)
            for word in ["allow", "drop"] {
                // Asked for only where it is there: it is not a key to suggest.
                guard let found = keys.entries.first(where: { $0.name == word }) else { continue }
                _ = keys.optional(word)
                found.fault("\(quoted(word)) takes no value: write \"then: \(word)\"")
            }
            if let tag, reject != nil || !later.isEmpty {
                value.file.fault(tag.keyPosition, "a rule does one thing: use a rule for each")
            }
            // Reason and headers belong to a rejection; beside anything else but a misspelt one they are unknown.
            if reject != nil || tag == nil { return readRejection(keys, reject, mayBeMissing: !later.isEmpty) }
            return tag?.mapping(readTag).map { .tag($0) }
        }
    }

    private func readRejection(_ keys: MappingReader, _ value: ValueReader?, mayBeMissing: Bool) -> Configuration
        .Action?
    {
        let reasonValue = keys.optional("reason")
        let reason = reasonValue?.messageText(), headers = keys.optional("headers")?.headers() ?? []
        guard let value else {
            let isMisspelt = keys.isMisspelt("reject") || keys.isMisspelt("tag")
            if !mayBeMissing && !isMisspelt && !keys.entries.contains(where: { ["allow", "drop"].contains($0.name) }) {
                keys.file.fault(keys.position, "no action here; one of: allow, drop, reject, tag")
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
        case _ where NotSupportedYet.actions.contains(text): fault(notSupported(text))
        default: fault(wrongWord(text, "an action", accepted: ["allow", "drop", "reject", "tag"]))
        }
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

/// Headers that the proxy itself writes or reads, and those that say what the body is; with their compact forms. A header
/// that a rule sets is first removed from what peers send: none of these may be.
private let ownHeaders: Set<String> = [
    "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "max-forwards", "content-length", "l", "route",
    "record-route",
    "contact", "m", "identity", "y", "content-type", "c", "content-encoding", "e", "p-asserted-identity",
    "p-attestation-indicator", "p-origination-id",
]
