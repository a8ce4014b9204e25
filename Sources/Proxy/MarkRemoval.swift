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
        guard !address.displayName.isEmpty, !snapshot.ownPrefixes.isEmpty else { return }
        takeOffOwnPrefixes(OwnedName(bytes, address, prefixes: snapshot.ownPrefixes), bytes)
    }
}
