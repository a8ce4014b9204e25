// SPDX-License-Identifier: Apache-2.0
//
// Display names, which phones show beside the number: our tags go in front of those of From and every P-Asserted-Identity, and
// whatever a sender wrote to look like one of our tags, or like our verdict, is taken off first (INTERFACE §3 step 1, §3.1).

import Policy
import SIP

extension Screener {
    /// Puts the tags of `decision` in front of the names of a call's identities, without what only we may write where it stands
    /// there already. `isMarked`: the verdict is written into numbers, which puts their URIs into brackets.
    mutating func writeTags(_ bytes: Span<UInt8>, _ decision: Decision, isMarked: Bool, snapshot: Snapshot) {
        for i in -1..<proxy.identities.assertedCount {
            let identity = i < 0 ? proxy.identities.from : proxy.identities.asserted[i]
            let name = OwnedName(bytes, identity.address, prefixes: snapshot.ownPrefixes)
            putName(name, bytes, decision, isBracketed: isMarked && identity.isMarkable, snapshot: snapshot)
        }
    }

    /// The name with the prefixes of all tags in front, quoted (RFC 3261 §25.1).
    private mutating func putName(
        _ name: OwnedName, _ bytes: Span<UInt8>, _ decision: Decision, isBracketed: Bool, snapshot: Snapshot
    ) {
        let address = name.address
        proxy.edits.open(at: address.value.start, removing: address.displayName.count)
        proxy.edits.text.put(UInt8(ascii: "\""))
        for i in 0..<decision.tagCount {
            guard case .tag(let tag) = snapshot.policy.rules[Int(decision.tags[i])].action else { continue }
            for byte in tag.displayName { proxy.edits.text.putQuotable(byte) }
        }
        proxy.edits.text.put(name, bytes)
        proxy.edits.text.put(address.displayName.isEmpty ? "\" " : "\"")
        proxy.edits.close()
        if !address.isBracketed, !isBracketed { proxy.edits.bracket(address.uri.whole) }
    }
}

extension Decision {
    /// Whether a tag that the call gets shows in the display name.
    func hasDisplayName(_ rules: [Rule]) -> Bool {
        for i in 0..<tagCount {
            if case .tag(let tag) = rules[Int(tags[i])].action, !tag.displayName.isEmpty { return true }
        }
        return false
    }
}

/// A display name, and where it begins once the prefixes of our own tags are taken off.
struct OwnedName {
    /// Whose name it is.
    let address: NameAddr
    /// The text of the name, without quotes.
    let text: ByteRange
    /// Whether it stands in quotes.
    let isQuoted: Bool
    /// Where the name begins that is left.
    private(set) var start: Int

    init(_ bytes: Span<UInt8>, _ address: NameAddr, prefixes: [[UInt8]]) {
        self.address = address
        let name = address.displayName
        isQuoted = name.count >= 2 && bytes[name.start] == UInt8(ascii: "\"")
        text = isQuoted ? ByteRange(name.start &+ 1, name.end &- 1) : name
        start = text.start
        var isFound = !prefixes.isEmpty && !text.isEmpty
        while isFound {
            isFound = false
            for prefix in prefixes {
                guard let behind = Self.skip(prefix, bytes, from: start, to: text.end) else { continue }
                start = behind
                isFound = true
            }
        }
    }

    /// Whether a prefix was taken off.
    var isShortened: Bool { start > text.start }

    /// The offset behind a prefix and the white space after it; nil: the name does not begin with it. Letter case, backslashes
    /// (RFC 3261 §25.1, quoted-pair) and white space in front make no other name of it.
    private static func skip(_ prefix: [UInt8], _ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var i = bytes.skipWhiteSpace(from: start, to: end)
        for expected in prefix {
            if i &+ 1 < end, bytes[i] == UInt8(ascii: "\\") { i &+= 1 }
            guard i < end, asciiLowercase(bytes[i]) == asciiLowercase(expected) else { return nil }
            i &+= 1
        }
        // A prefix that is a word is not the beginning of a longer one.
        if let last = prefix.last, isWordCharacter(last), i < end, isWordCharacter(bytes[i]) { return nil }
        return bytes.skipWhiteSpace(from: i, to: end)
    }

    private static func isWordCharacter(_ byte: UInt8) -> Bool {
        asciiLowercase(byte) &- 0x61 < 26 || byte &- 0x30 < 10 || byte >= 0x80
    }
}

extension MessageEdits {
    /// Takes prefixes of ours off a display name, and the name with them where nothing else is left; alters what reads `verstat=`.
    mutating func takeOffOwnPrefixes(_ name: OwnedName, _ bytes: Span<UInt8>) {
        if name.isShortened {
            let uri = name.address.uri.whole, isAll = name.start >= name.text.end && name.address.isBracketed
            // With the white space in front of the bracket.
            remove(isAll ? ByteRange(name.address.value.start, uri.start &- 1) : ByteRange(name.text.start, name.start))
        }
        if !name.text.isEmpty { defuse(bytes, ByteRange(name.start, max(name.start, name.text.end))) }
    }

    /// Puts a URI that stands alone into brackets.
    mutating func bracket(_ uri: ByteRange) {
        open(at: uri.start)
        text.put("<")
        close()
        open(at: uri.end)
        text.put(">")
        close()
    }
}

extension ByteWriter {
    /// Writes what is left of a display name as it may stand in a quoted string, with what reads `verstat=` altered.
    fileprivate mutating func put(_ name: OwnedName, _ bytes: Span<UInt8>) {
        var i = name.start, altered = -1
        while i < name.text.end {
            if altered < i, let sign = bytes.signOfVerstat(at: i, to: name.text.end) { altered = sign }
            if i == altered {
                put("-")
            } else if name.isQuoted {
                put(bytes[i])
            } else {
                putQuotable(bytes[i])
            }
            i &+= 1
        }
    }
}
