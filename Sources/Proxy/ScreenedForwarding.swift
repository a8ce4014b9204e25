// SPDX-License-Identifier: Apache-2.0
//
// What a call that is let in gets beside the edits of every request: foreign marks removed, our verdict, the tags of the
// rules; and, towards a carrier, a signature (`Signing.swift`). Then the answers to those that are not let in.

import Policy
import SIP
import STIR

extension Screener {
    mutating func edit(
        _ bytes: Span<UInt8>, _ call: CallFacts, _ decision: Decision, _ transaction: inout RememberedTransaction,
        plan: RoutePlan, key: TransactionKey, hop: NextHop, arrival: Arrival, snapshot: Snapshot, occasion: Occasion
    ) {
        proxy.edits.reset()
        proxy.edits.forward(
            proxy.index, bytes, plan: plan, key: key, hop: hop, arrival: arrival, snapshot: snapshot,
            at: transaction.decidedAt)
        if snapshot.peers[hop.peer].stripsIdentity { removeIdentity() }
        let isTagged = decision.hasDisplayName(snapshot.policy.rules)
        if call.role == .carrier {
            proxy.edits.removeForeignMarks(proxy.index, bytes, judged: call, isTagged: isTagged, snapshot: snapshot)
        }
        let place = snapshot.peers[hop.peer].verstatPlace
        let isMarked = call.verstat != nil && (place == .user || place == .uri)
        if isTagged { writeTags(bytes, decision, isMarked: isMarked, snapshot: snapshot) }
        proxy.edits.markNumbers(proxy.identities, call, at: place)
        proxy.edits.open(at: proxy.index.headersEnd)
        if call.verstat == .passed, place != .off, call.showsCallerAlone { putIndicator(call) }
        for i in 0..<decision.tagCount { putTagFields(Int(decision.tags[i]), call, score: decision.score, snapshot: snapshot) }
        if call.role == .pbx, proxy.index.method.isSigned {
            sign(bytes, call, &transaction, hop: hop, snapshot: snapshot, occasion: occasion)
        }
        proxy.edits.close()
    }

    private mutating func removeIdentity() {
        var field = proxy.index.firstField(.identity)
        while let number = field {
            proxy.edits.remove(proxy.index.fields[number].whole)
            field = proxy.index.nextField(.identity, after: number)
        }
    }

    private mutating func putIndicator(_ call: CallFacts) {
        guard let attest = call.attest else { return }
        proxy.edits.text.put("P-Attestation-Indicator: ")
        proxy.edits.text.put(attest.name)
        proxy.edits.text.put("\r\n")
        guard !verification.origid.isEmpty else { return }
        proxy.edits.text.put("P-Origination-ID: ")
        proxy.edits.text.put(verification.origid)
        proxy.edits.text.put("\r\n")
    }

    // MARK: - Tags

    private mutating func putTagFields(_ rule: Int, _ call: CallFacts, score: Int, snapshot: Snapshot) {
        guard case .tag(let tag) = snapshot.policy.rules[rule].action else { return }
        let name = snapshot.policy.rules[rule].nameBytes
        for field in tag.fields {
            proxy.edits.text.put(field.name)
            proxy.edits.text.put(": ")
            proxy.edits.text.put(field.value, rule: name, call, verification, score: score)
            proxy.edits.text.put("\r\n")
        }
    }

    // MARK: - Rejections

    mutating func reject(
        _ bytes: Span<UInt8>, _ call: CallFacts, _ decision: Decision, arrival: Arrival, snapshot: Snapshot
    ) -> Disposition {
        guard let number = decision.rule else { return .drop(.policy) }
        if case .redirect(let uri) = snapshot.policy.rules[number].action {
            return redirect(bytes, to: uri, arrival: arrival, snapshot: snapshot)
        }
        guard case .reject(let rejection) = snapshot.policy.rules[number].action else { return .drop(.policy) }
        proxy.answerFields.reset()
        let isNetworkBlocked = isNetworkBlocked(rejection, bytes)
        if isNetworkBlocked { putNetworkBlocked(snapshot.redress) }
        for i in 0..<verification.count { putReason(verification.outcome(i), bytes) }
        for field in rejection.fields {
            proxy.answerFields.put(field.name)
            proxy.answerFields.put(": ")
            proxy.answerFields.put(
                field.value, rule: snapshot.policy.rules[number].nameBytes, call, verification, score: decision.score)
            proxy.answerFields.put("\r\n")
        }
        if isNetworkBlocked {
            return proxy.answer(bytes, status: 603, reason: "Network Blocked", arrival: arrival, snapshot: snapshot)
        }
        if let status = rejection.status {
            return proxy.answer(bytes, status: status, phrase: rejection.reason, arrival: arrival, snapshot: snapshot)
        }
        let (status, phrase) = Self.status(of: call)
        if rejection.reason.isEmpty {
            return proxy.answer(bytes, status: status, reason: phrase, arrival: arrival, snapshot: snapshot)
        }
        return proxy.answer(bytes, status: status, phrase: rejection.reason, arrival: arrival, snapshot: snapshot)
    }

    /// The status of the answer that a decision makes; 0 where it makes none. For monitor mode, which answers nothing.
    func answerStatus(of decision: Decision, _ call: CallFacts, _ bytes: Span<UInt8>, snapshot: Snapshot) -> UInt16 {
        guard let number = decision.rule else { return 0 }
        switch snapshot.policy.rules[number].action {
        case .redirect: return 302
        case .reject(let rejection):
            return isNetworkBlocked(rejection, bytes) ? 603 : rejection.status ?? Self.status(of: call).0
        default: return 0
        }
    }

    private func isNetworkBlocked(_ rejection: Rejection, _ bytes: Span<UInt8>) -> Bool {
        rejection.isNetworkBlocked || rejection.status == 608 && !proxy.index.understandsRejected(bytes)
    }

    /// RFC 3261 §21.3.3: the caller may try again there.
    private mutating func redirect(_ bytes: Span<UInt8>, to uri: [UInt8], arrival: Arrival, snapshot: Snapshot) -> Disposition {
        proxy.answerFields.reset()
        proxy.answerFields.put("Contact: <")
        proxy.answerFields.put(uri)
        proxy.answerFields.put(">\r\n")
        return proxy.answer(bytes, status: 302, phrase: [], arrival: arrival, snapshot: snapshot)
    }

    /// `reject` without a code: that of RFC 8224 §6.2.2 for what is wrong with the signature, else 603 Decline.
    private static func status(of call: CallFacts) -> (UInt16, StaticString) {
        switch call.verstat {
        case .failed: call.failure.map { ($0.statusCode, $0.reasonPhrase) } ?? (603, "Decline")
        case .absent: (VerificationFailure.identityMissing.statusCode, VerificationFailure.identityMissing.reasonPhrase)
        case .unavailable: (VerificationFailure.badInfo.statusCode, VerificationFailure.badInfo.reasonPhrase)
        case .passed, nil: (603, "Decline")
        }
    }

    /// RFC 9410: a Reason for each Identity header that did not verify the call.
    private mutating func putReason(_ outcome: HeaderOutcome, _ bytes: Span<UInt8>) {
        let failure: VerificationFailure
        switch outcome.verdict {
        case .failed(let named): failure = named
        case .unavailable, .pending: failure = .badInfo
        case .passed, .ignored: return
        }
        proxy.answerFields.put("Reason: ")
        proxy.answerFields.putReason(failure, bytes, signature: outcome.signature)
        proxy.answerFields.put("\r\n")
    }

    /// ATIS-1000099: the Reason that tells a caller who blocked the call and whom to ask.
    private mutating func putNetworkBlocked(_ redress: [UInt8]) {
        proxy.answerFields.put("Reason: SIP;cause=603;text=\"v=analytics1")
        if !redress.isEmpty {
            proxy.answerFields.put(UInt8(ascii: ";"))
            proxy.answerFields.put(redress)
        }
        proxy.answerFields.put("\";location=RLN\r\n")
    }
}

extension MessageIndex {
    /// Whether somebody on the way here makes sense of 608 to the caller (RFC 8688 §3.4, `Feature-Caps: *;+sip.608`). Where
    /// nobody does the caller would have to hear an announcement, which a proxy has not: 603 says it instead.
    fileprivate func understandsRejected(_ bytes: Span<UInt8>) -> Bool {
        let capability: StaticString = "+sip.608"
        for number in 0..<fieldCount where bytes.equalsIgnoringCase(fields[number].nameRange, "feature-caps") {
            let value = fields[number].value
            var start = value.start
            while start &+ capability.utf8CodeUnitCount <= value.end {
                let end = start &+ capability.utf8CodeUnitCount
                let endsWord = end == value.end || !bytes.isToken(ByteRange(end, end &+ 1))
                if endsWord, bytes.hasPrefixIgnoringCase(at: start, capability) { return true }
                start &+= 1
            }
        }
        return false
    }
}

extension ByteWriter {
    /// Writes a byte as it may stand in a quoted string.
    mutating func putQuotable(_ byte: UInt8) {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { put(UInt8(ascii: "\\")) }
        put(byte)
    }

    /// Writes a template with the call's facts in it.
    mutating func put(
        _ template: Template, rule: [UInt8], _ call: CallFacts, _ verification: CallVerification, score: Int
    ) {
        for piece in template.pieces {
            switch piece {
            case .text(let bytes): put(bytes)
            case .field(let field): put(field, rule: rule, call, verification, score: score)
            }
        }
    }

    /// Writes a number that may be less than zero.
    mutating func putDecimal(_ value: Int) {
        if value < 0 { put(UInt8(ascii: "-")) }
        putDecimal(UInt64(value.magnitude))
    }

    private mutating func put(
        _ field: Template.Field, rule: [UInt8], _ call: CallFacts, _ verification: CallVerification, score: Int
    ) {
        switch field {
        case .verstat: if let verstat = call.verstat { put(verstat.name) }
        case .attest: if let attest = call.attest { put(attest.name) }
        case .origid: put(verification.origid)
        case .signer: put(verification.signer)
        case .score: putDecimal(score)
        case .rule: put(rule)
        case .caller: if let caller = call.caller { put(caller) }
        case .callee: if let callee = call.callee { put(callee) }
        }
    }
}
