// SPDX-License-Identifier: Apache-2.0
//
// Who calls whom, as SIP says it (RFC 8224 §8.1): the caller is P-Asserted-Identity, else From; never what a PASSporT claims.

import Policy
import SIP
import STIR

extension StatelessProxy {
    /// The facts of the call in `index`, before verification.
    func facts(_ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> CallFacts {
        // Where there is a P-Asserted-Identity a PBX that trusts it reads nothing else: no falling back to From.
        let caller =
            index.firstField(.pAssertedIdentity) == nil
            ? index.from.uri.telephoneNumber(bytes, plan: snapshot.plan) : assertedNumber(bytes, snapshot: snapshot)
        return CallFacts(
            peer: arrival.peer, role: snapshot.peers[arrival.peer].role, source: arrival.source, caller: caller,
            isAnonymous: caller == nil && isAnonymous(bytes, index.from.uri),
            callee: index.requestURI.telephoneNumber(bytes, plan: snapshot.plan)
                ?? index.to.uri.telephoneNumber(bytes, plan: snapshot.plan))
    }

    /// The first telephone number in P-Asserted-Identity (RFC 3325 §9.1: one or two values).
    private func assertedNumber(_ bytes: Span<UInt8>, snapshot: Snapshot) -> TelephoneNumber? {
        var field = index.firstField(.pAssertedIdentity)
        while let number = field {
            let value = index.fields[number].value
            var start = value.start
            while let identity = NameAddr(bytes, ByteRange(start, value.end)) {
                if let found = identity.uri.telephoneNumber(bytes, plan: snapshot.plan) { return found }
                if mayReadAsNumber(bytes, identity.uri) { return nil }
                start = Int(identity.next)
                if start == 0 { break }
            }
            field = index.nextField(.pAssertedIdentity, after: number)
        }
        return nil
    }

    /// The caller whom we may sign for (RFC 8224 §6.1 step 1): a global number, and the one that everybody finds, in the order in
    /// which the far side looks. Two numbers in P-Asserted-Identity are two callers: 3GPP prefers the tel URI, others the first.
    func signableCaller(_ bytes: Span<UInt8>, _ call: CallFacts, snapshot: Snapshot) -> TelephoneNumber? {
        guard let caller = call.caller else { return nil }
        guard var field = index.firstField(.pAssertedIdentity) else {
            return index.from.uri.globalNumber(bytes, plan: snapshot.plan) == caller ? caller : nil
        }
        while true {
            let value = index.fields[field].value
            var start = value.start
            while let identity = NameAddr(bytes, ByteRange(start, value.end)) {
                let isNumber = identity.uri.telephoneNumber(bytes, plan: snapshot.plan) != nil
                guard
                    identity.uri.globalNumber(bytes, plan: snapshot.plan) == caller
                        || !isNumber && !mayReadAsNumber(bytes, identity.uri)
                else { return nil }
                start = Int(identity.next)
                if start == 0 { break }
            }
            guard let next = index.nextField(.pAssertedIdentity, after: field) else { return caller }
            field = next
        }
    }

    /// Whom the caller called (RFC 8224 §4.1: To), which is what a verifier compares; where that is no number of everybody's, such
    /// as an extension, where the call goes.
    func signableCallee(_ bytes: Span<UInt8>, _ call: CallFacts, snapshot: Snapshot) -> TelephoneNumber? {
        index.to.uri.globalNumber(bytes, plan: snapshot.plan) ?? call.callee
    }

    /// Whether a PBX might see a number where we see none: then the value behind it is not taken instead. A name is passed over.
    func mayReadAsNumber(_ bytes: Span<UInt8>, _ uri: SIPURI) -> Bool {
        guard uri.scheme == .sip || uri.scheme == .sips else { return true }
        // Without a user part some take the host for one.
        let name = uri.userinfo.isEmpty ? uri.host : uri.userinfo
        for i in name.start..<max(name.start, name.end)
        where bytes[i] &- 0x30 < 10 || bytes[i] == UInt8(ascii: "%") || bytes[i] >= 0x80 {
            return true
        }
        return false
    }

    /// RFC 3323 §4.1.1.3: `sip:anonymous@anonymous.invalid`, and what is in use for it.
    private func isAnonymous(_ bytes: Span<UInt8>, _ uri: SIPURI) -> Bool {
        bytes.equalsIgnoringCase(uri.number(bytes), "anonymous") || bytes.equalsIgnoringCase(uri.host, "anonymous.invalid")
    }

    /// Whether every P-Asserted-Identity value can be read, and there are at most two (RFC 3325 §9.1): what cannot may be read
    /// differently by the PBX.
    func areAssertedIdentitiesReadable(_ bytes: Span<UInt8>) -> Bool {
        var values = 0
        var field = index.firstField(.pAssertedIdentity)
        while let number = field {
            let value = index.fields[number].value
            var start = value.start
            repeat {
                values &+= 1
                guard values <= 2, let identity = NameAddr(bytes, ByteRange(start, value.end)) else { return false }
                start = Int(identity.next)
            } while start != 0
            field = index.nextField(.pAssertedIdentity, after: number)
        }
        return true
    }

    /// The numbers that a PASSporT is compared with.
    func parties(_ bytes: Span<UInt8>, _ call: CallFacts, snapshot: Snapshot) -> CallParties {
        let date = index.firstField(.date).map { index.fields[$0].value } ?? .none
        return CallParties(
            caller: call.caller, to: index.to.uri.telephoneNumber(bytes, plan: snapshot.plan),
            requestURI: index.requestURI.telephoneNumber(bytes, plan: snapshot.plan), date: date)
    }
}
