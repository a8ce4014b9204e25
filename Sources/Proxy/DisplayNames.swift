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
    /// (RFC 3261 §25.1, quoted-pair) and blanks in front make no other name of it; nor does it need the white space at its end,
    /// but then a prefix that is a word is not the beginning of a longer one.
    private static func skip(_ prefix: [UInt8], _ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var i = bytes.skipInvisible(from: start, to: end), matched = 0
        while matched < prefix.count {
            let next = i &+ 1 < end && bytes[i] == UInt8(ascii: "\\") ? i &+ 1 : i
            guard next < end, asciiLowercase(bytes[next]) == asciiLowercase(prefix[matched]) else { break }
            i = next &+ 1
            matched &+= 1
        }
        var word = prefix.count
        while word > 0, isWhiteSpace(prefix[word &- 1]) { word &-= 1 }
        guard matched >= word else { return nil }
        let isCut = matched < prefix.count && word > 0 && isWordCharacter(prefix[word &- 1])
        if isCut, i < end, isWordCharacter(bytes[i]) { return nil }
        return bytes.skipInvisible(from: i, to: end)
    }

    private static func isWordCharacter(_ byte: UInt8) -> Bool { asciiLowercase(byte) &- 0x61 < 26 || byte &- 0x30 < 10 }
}

extension Span where Element == UInt8 {
    /// The offset behind what shows nothing: white space, with a backslash in front or not, and Unicode's blanks and marks of
    /// direction.
    fileprivate func skipInvisible(from start: Int, to end: Int) -> Int {
        var i = start
        while i < end {
            if isWhiteSpace(self[i]) {
                i &+= 1
            } else if self[i] == UInt8(ascii: "\\"), i &+ 1 < end, isWhiteSpace(self[i &+ 1]) {
                i &+= 2
            } else if self[i] == 0xC2, i &+ 1 < end, self[i &+ 1] == 0xA0 || self[i &+ 1] == 0xAD {
                i &+= 2
            } else if i &+ 2 < end, isInvisible(self[i], self[i &+ 1], self[i &+ 2]) {
                i &+= 3
            } else {
                break
            }
        }
        return i
    }

    /// U+2000 to U+200F, U+2028 to U+202F, U+2060 to U+206F, and the byte order mark.
    private func isInvisible(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        switch (first, second) {
        case (0xE2, 0x80): third <= 0x8F || third >= 0xA8 && third <= 0xAF
        case (0xE2, 0x81): third >= 0xA0 && third <= 0xAF
        case (0xEF, 0xBB): third == 0xBF
        default: false
        }
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
        // What does not fit is not sent.
        while i < name.text.end, !overflowed {
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
