// SPDX-License-Identifier: Apache-2.0
//
// What we wrote into From on the way to a PBX is taken out again on the way back: the carrier gets the From that it sent
// (RFC 3261 §8.2.6.2), in responses, and as To in the requests of the PBX within the dialog.

import SIP

extension MessageEdits {
    /// Removes our verdict from one value of From or To.
    mutating func removeVerdict(from address: NameAddr, _ bytes: Span<UInt8>) {
        if bytes.find(UInt8(ascii: ";"), from: address.uri.whole.start, to: address.uri.whole.end) < address.uri.whole.end {
            removeVerstat(bytes, address.value)
        }
    }

    /// Removes what tags put in front of the display name, however often. A name that is empty then goes, with its quotes.
    mutating func removeOwnPrefixes(from address: NameAddr, _ bytes: Span<UInt8>, snapshot: Snapshot) {
        let name = address.displayName
        guard !name.isEmpty, !snapshot.ownPrefixes.isEmpty else { return }
        let isQuoted = bytes[name.start] == UInt8(ascii: "\"")
        let text = isQuoted ? ByteRange(name.start &+ 1, name.end &- 1) : name
        let kept = bytes.endOfPrefixes(snapshot.ownPrefixes, in: text)
        guard kept > text.start else { return }
        if bytes.trimmed(ByteRange(kept, text.end)).isEmpty {
            remove(ByteRange(name.start, address.uri.whole.start &- 1))
        } else {
            remove(ByteRange(text.start, kept))
        }
    }
}

extension Span where Element == UInt8 {
    /// The offset behind all of `prefixes` with which the text of a display name begins, one behind the other.
    fileprivate func endOfPrefixes(_ prefixes: [[UInt8]], in text: ByteRange) -> Int {
        var end = text.start, isMore = true
        while isMore {
            isMore = false
            for prefix in prefixes {
                let behind = endOfPrefix(prefix, from: end, to: text.end)
                if behind > end {
                    end = behind
                    isMore = true
                }
            }
        }
        return end
    }

    /// The offset behind `prefix` where the text from `start` on begins with it, else `start`. A quoted pair is what stands in it
    /// (RFC 3261 §25.1); the white space at the prefix's end may have been lost with the name behind it.
    private func endOfPrefix(_ prefix: [UInt8], from start: Int, to end: Int) -> Int {
        var i = start
        for n in 0..<prefix.count {
            if i < end, self[i] == UInt8(ascii: "\\"), i &+ 1 < end { i &+= 1 }
            guard i < end, self[i] == prefix[n] else {
                return i == end && prefix[n] == 0x20 && n > 0 && isBlank(prefix, from: n) ? end : start
            }
            i &+= 1
        }
        return i
    }

    private func isBlank(_ prefix: [UInt8], from start: Int) -> Bool {
        for n in start..<prefix.count where prefix[n] != 0x20 { return false }
        return true
    }
}
