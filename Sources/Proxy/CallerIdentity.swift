// SPDX-License-Identifier: Apache-2.0
//
// Who calls whom, as SIP says it (RFC 8224 §8.1, INTERFACE §3.1): the caller is P-Asserted-Identity, else From; never what a
// PASSporT claims. A PBX may show any identity that is left in the message, so that all of them are read, each once.

import Policy
import SIP
import STIR

/// One identity of a message: where it stands and how it reads.
struct ShownIdentity: BitwiseCopyable {
    /// Where it stands.
    var address = NameAddr()
    /// The numbers that readers find in it.
    var reading = IdentityReading()
    /// Whether it says that the number is withheld.
    var isAnonymous = false

    init() {}

    init(_ bytes: Span<UInt8>, _ address: NameAddr, plan: TelephoneNumber.Plan) {
        self.address = address
        reading = IdentityReading(bytes, address.uri, plan: plan)
        isAnonymous = address.uri.saysAnonymous(bytes)
    }

    /// Whether it shows no number but `caller`, or none on purpose.
    func shows(_ caller: TelephoneNumber?) -> Bool {
        isAnonymous && reading.count == 0 || caller != nil && reading.global == caller
    }
}

/// From and the values of P-Asserted-Identity; those behind the second (RFC 3325 §9.1) are removed and do not count.
struct CallIdentities: BitwiseCopyable {
    /// From.
    var from = ShownIdentity()
    /// The values of P-Asserted-Identity.
    var asserted = InlineArray<2, ShownIdentity>(repeating: ShownIdentity())
    /// How many of them there are.
    var assertedCount = 0
    /// Whether each can be read, and in so few ways that all of them can be judged.
    var isReadable = true

    init() {}

    init(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>, plan: TelephoneNumber.Plan) {
        from = ShownIdentity(bytes, index.from, plan: plan)
        isReadable = !from.reading.isUnreadable
        var values = AssertedValues(index)
        while assertedCount < asserted.count, let value = values.next(index, bytes) {
            guard let address = value.address else {
                isReadable = false
                return
            }
            asserted[assertedCount] = ShownIdentity(bytes, address, plan: plan)
            if asserted[assertedCount].reading.isUnreadable { isReadable = false }
            assertedCount &+= 1
        }
    }

    /// The identity that a signature is compared with: a tel URI of P-Asserted-Identity before a sip URI, else From.
    var caller: ShownIdentity {
        for i in 0..<assertedCount where asserted[i].address.uri.scheme == .tel && asserted[i].reading.count > 0 {
            return asserted[i]
        }
        for i in 0..<assertedCount where asserted[i].reading.count > 0 { return asserted[i] }
        return from
    }
}

/// The values of P-Asserted-Identity in their order, over all fields of that name; an empty one is passed over.
struct AssertedValues {
    private var field: Int?
    private var start = 0

    init(_ index: borrowing MessageIndex) {
        field = index.firstField(.pAssertedIdentity)
        if let field { start = index.fields[field].value.start }
    }

    /// The next value: where it begins, and what it is; nil in place of an address that cannot be read.
    mutating func next(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>
    ) -> (field: Int, start: Int, address: NameAddr?)? {
        while let number = field {
            let value = index.fields[number].value, begin = start
            let address = begin < value.end ? NameAddr(bytes, ByteRange(begin, value.end)) : nil
            if let following = address?.next, following != 0 {
                start = Int(following)
            } else {
                field = index.nextField(.pAssertedIdentity, after: number)
                if let field { start = index.fields[field].value.start }
            }
            if begin < value.end { return (number, begin, address) }
        }
        return nil
    }
}

extension StatelessProxy {
    /// The facts of the call in `index`, before verification; reads `identities` for what follows.
    mutating func facts(_ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> CallFacts {
        identities = CallIdentities(index, bytes, plan: snapshot.plan)
        return facts(identities, bytes, arrival: arrival, snapshot: snapshot)
    }

    /// The same of identities that were read.
    func facts(_ identities: CallIdentities, _ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> CallFacts {
        var call = CallFacts(
            peer: arrival.peer, role: snapshot.peers[arrival.peer].role, source: arrival.source, caller: nil,
            isAnonymous: false, callee: nil)
        let caller = identities.caller.reading
        call.caller = caller.first
        call.callerScope = caller.scope
        call.isCallerClean = caller.isClean
        call.callers.isAnonymous = index.asksPrivacy(bytes)
        let shown = call.verifiableCaller
        call.showsCallerAlone = identities.from.shows(shown)
        call.callers.add(identities.from, longestLocal: NumberCondition.longestLocalCaller)
        for i in 0..<identities.assertedCount {
            call.callers.add(identities.asserted[i], longestLocal: NumberCondition.longestLocalCaller)
            if !identities.asserted[i].shows(shown) { call.showsCallerAlone = false }
        }
        addCallees(bytes, to: &call, snapshot: snapshot)
        return call
    }

    /// Whom the call may reach: Request-URI and To.
    private func addCallees(_ bytes: Span<UInt8>, to call: inout CallFacts, snapshot: Snapshot) {
        let called = IdentityReading(bytes, index.requestURI, plan: snapshot.plan)
        let named = IdentityReading(bytes, index.to.uri, plan: snapshot.plan)
        call.areCalleesReadable = !called.isUnreadable && !named.isUnreadable
        let first = called.count > 0 ? called : named
        call.callee = first.first
        call.calleeScope = first.scope
        call.callees.add(called, longestLocal: NumberCondition.longestLocalCallee)
        call.callees.add(named, longestLocal: NumberCondition.longestLocalCallee)
    }

    /// The caller whom we may sign for (RFC 8224 §6.1 step 1): a global number, and the one that everybody finds, in the order in
    /// which the far side looks. Two numbers in P-Asserted-Identity are two callers: 3GPP prefers the tel URI, others the first; and
    /// where there is no number in it not everybody looks into From.
    func signableCaller(_ call: CallFacts) -> TelephoneNumber? {
        guard let caller = call.verifiableCaller else { return nil }
        var isFound = identities.assertedCount == 0
        for i in 0..<identities.assertedCount {
            let reading = identities.asserted[i].reading
            guard reading.count == 0 || reading.global == caller else { return nil }
            if reading.count > 0 { isFound = true }
        }
        return isFound ? caller : nil
    }

    /// Whom the caller called (RFC 8224 §4.1: To), which is what a verifier compares; where that is no number of everybody's, such
    /// as an extension, where the call goes. A short code such as 911 is everybody's in its way.
    func signableCallee(_ bytes: Span<UInt8>, _ call: CallFacts, snapshot: Snapshot) -> TelephoneNumber? {
        if let named = IdentityReading(bytes, index.to.uri, plan: snapshot.plan).global { return named }
        let called = IdentityReading(bytes, index.requestURI, plan: snapshot.plan)
        if let global = called.global { return global }
        guard let callee = call.callee, callee.count <= IdentityReading.longestShortCode, call.calleeScope == .local else {
            return nil
        }
        return callee
    }

    /// The numbers that a PASSporT is compared with.
    func parties(_ bytes: Span<UInt8>, _ call: CallFacts, snapshot: Snapshot) -> CallParties {
        let date = index.firstField(.date).map { index.fields[$0].value } ?? .none
        return CallParties(
            caller: call.verifiableCaller, to: index.to.uri.telephoneNumber(bytes, plan: snapshot.plan),
            requestURI: index.requestURI.telephoneNumber(bytes, plan: snapshot.plan), date: date)
    }
}

extension Party {
    /// Adds what an identity of a caller may be shown as.
    fileprivate mutating func add(_ identity: ShownIdentity, longestLocal: Int) {
        if identity.isAnonymous { isAnonymous = true }
        add(identity.reading, longestLocal: longestLocal)
    }

    /// Adds the numbers that readers find.
    fileprivate mutating func add(_ reading: IdentityReading, longestLocal: Int) {
        for i in 0..<reading.count { add(reading[i]) }
        if reading.isMisshapen(longestLocal: longestLocal) { isMisshapen = true }
    }
}

// MARK: - Withheld numbers

extension SIPURI {
    /// Whether an identity says that there is a number which is withheld (RFC 3323 §4.1.1.3): by its host, or by the word that
    /// stands in place of the number.
    func saysAnonymous(_ bytes: Span<UInt8>) -> Bool {
        var name = host
        if name.count > 1, bytes[name.end &- 1] == UInt8(ascii: ".") { name = ByteRange(name.start, name.end &- 1) }
        if bytes.equalsIgnoringCase(name, "anonymous.invalid") || bytes.equalsIgnoringCase(name, "unknown.invalid") {
            return true
        }
        let word = number(bytes)
        // With escapes it may be three times as long.
        guard word.count >= 7, word.count <= 33, bytes[word.start] != UInt8(ascii: "+"), bytes[word.start] &- 0x30 > 9 else {
            return false
        }
        return bytes.reads(word, "anonymous") || bytes.reads(word, "unavailable") || bytes.reads(word, "unknown")
            || bytes.reads(word, "restricted") || bytes.reads(word, "private") || bytes.reads(word, "withheld")
    }
}

extension Span where Element == UInt8 {
    /// Whether `range`, percent escapes decoded (RFC 3261 §19.1.4), is `lowercase` in whatever case.
    fileprivate func reads(_ range: ByteRange, _ lowercase: StaticString) -> Bool {
        guard find(UInt8(ascii: "%"), from: range.start, to: range.end) < range.end else {
            return equalsIgnoringCase(range, lowercase)
        }
        var i = range.start
        for expected in 0..<lowercase.utf8CodeUnitCount {
            guard i < range.end else { return false }
            let (octet, next) = decodedOctet(at: i, to: range.end)
            guard asciiLowercase(octet) == lowercase.utf8Byte(expected) else { return false }
            i = next
        }
        return i == range.end
    }
}

extension MessageIndex {
    /// Whether Privacy asks that the caller is not shown (RFC 3323 §4.2, RFC 3325 §9.3).
    fileprivate func asksPrivacy(_ bytes: Span<UInt8>) -> Bool {
        var field = firstField(.privacy)
        while let number = field {
            let value = fields[number].value
            var i = value.start
            while i < value.end {
                let start = i
                while i < value.end, bytes[i] != UInt8(ascii: ";"), bytes[i] != UInt8(ascii: ",") { i &+= 1 }
                let word = bytes.trimmed(ByteRange(start, i))
                if bytes.equalsIgnoringCase(word, "id") || bytes.equalsIgnoringCase(word, "user")
                    || bytes.equalsIgnoringCase(word, "header")
                {
                    return true
                }
                i &+= 1
            }
            field = nextField(.privacy, after: number)
        }
        return false
    }
}
