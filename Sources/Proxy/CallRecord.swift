// SPDX-License-Identifier: Apache-2.0
//
// A line of the call log (INTERFACE §5): a JSON object for each request decided. Keys that do not apply are left out. Values
// from the network are escaped so that nothing a caller sends can break a line or leave its string: control characters,
// the Unicode line separators and whatever is no UTF-8 become \u escapes.

import Policy
import SIP
import STIR

extension Screener {
    /// Writes the record of a call, up to where the thread adds how long the decision took and closes the object.
    mutating func log(
        _ bytes: Span<UInt8>, _ result: CallOutcome, arrival: Arrival, hop: NextHop?, snapshot: Snapshot, occasion: Occasion
    ) {
        record.putRecordHead(proxy.index, bytes, arrival: arrival, snapshot: snapshot, node: node, now: occasion.now)
        if proxy.index.method != .invite { record.putMember("method", bytes, proxy.index.methodRange) }
        if result.facts.isInDialog { record.put(",\"in_dialog\":true") }
        logParties(bytes, result.facts)
        logSigning(snapshot, occasion)
        logVerification(bytes, result)
        logDecision(result, snapshot: snapshot)
        if let hop {
            record.put(",\"target\":\"")
            record.putHostPort(hop.address)
            record.put("\"")
        }
        if let agent = proxy.index.firstField(.userAgent) {
            record.putMember("user_agent", bytes, proxy.index.fields[agent].value)
        }
        record.putMember("mode", snapshot.policy.isEnforcing ? "enforce" : "monitor")
    }

    /// Writes the record of a retransmission that goes to another target than its first copy did; nothing where it does not.
    mutating func logFailover(
        _ bytes: Span<UInt8>, _ before: RememberedTransaction, _ arrival: Arrival, _ hop: NextHop?, _ snapshot: Snapshot,
        _ occasion: Occasion
    ) {
        guard before.state == .forwarded, let hop, hop.address != before.hop else { return }
        record.putRecordHead(proxy.index, bytes, arrival: arrival, snapshot: snapshot, node: node, now: occasion.now)
        if proxy.index.method != .invite { record.putMember("method", bytes, proxy.index.methodRange) }
        record.putMember("action", "failover")
        record.put(",\"target_before\":\"")
        record.putHostPort(before.hop)
        record.put("\",\"target\":\"")
        record.putHostPort(hop.address)
        record.put("\"")
    }

    private mutating func logParties(_ bytes: Span<UInt8>, _ call: CallFacts) {
        let from = proxy.identities.from
        record.putParty("caller", call.caller, call.callerScope, else: from.address.uri, bytes)
        if from.reading.count == 0 ? call.caller != nil : !from.reading.isClean || from.reading.first != call.caller {
            let shown = from.reading.isClean ? from.reading.first : nil
            record.putParty("from", shown, from.reading.scope, else: from.address.uri, bytes)
        }
        record.putParty("callee", call.callee, call.calleeScope, else: proxy.index.requestURI, bytes)
        var name = from.address.displayName
        guard !name.isEmpty else { return }
        if bytes[name.start] == UInt8(ascii: "\""), name.count >= 2 { name = ByteRange(name.start &+ 1, name.end &- 1) }
        record.putMember("display_name", bytes, name)
    }

    /// What our signature says, or why there is none.
    private mutating func logSigning(_ snapshot: Snapshot, _ occasion: Occasion) {
        switch signing {
        case .signed(let attest):
            record.putMember("attest", attest.name)
            record.put(",\"origid\":\"")
            record.putUUID(occasion.random)
            record.put("\"")
            if let credential = snapshot.signing?.credential { record.putMember("x5u", credential.x5u) }
        case .unsigned(let reason): record.putMember("unsigned", reason.name)
        case .diverted, nil: break
        }
    }

    private mutating func logVerification(_ bytes: Span<UInt8>, _ result: CallOutcome) {
        let call = result.facts
        guard let verstat = call.verstat else { return }
        record.putMember("verstat", verstat.name)
        if let attest = call.attest {
            record.put(",\"attest\":\"")
            record.put(attest.name)
            record.put("\"")
        }
        if !verification.origid.isEmpty {
            record.put(",\"origid\":\"")
            record.put(verification.origid)
            record.put("\"")
        }
        if !verification.signer.isEmpty {
            // A code is checked where certificates are read; it stays somebody else's text.
            record.put(",\"signer\":\"")
            for i in 0..<verification.signer.count { record.putJSONCharacter(verification.signer.byte(i)) }
            record.put("\"")
        }
        if !verification.x5u.isEmpty { record.putMember("x5u", bytes, verification.x5u) }
        if verstat == .failed, let failure = call.failure {
            record.putMember("failure", failure.name)
            logReason()
        } else if verstat == .absent, result.status == VerificationFailure.identityMissing.statusCode {
            record.putMember("failure", VerificationFailure.identityMissing.name)
        }
    }

    /// What stands behind the failure. All of it is words of ours or of OpenSSL.
    private mutating func logReason() {
        // Why the request was refused in the end says more.
        guard let reason = verification.reason, proxy.refusal == nil else { return }
        record.put(",\"reason\":\"")
        record.put(reason, verification.chainFault)
        record.put("\"")
    }

    private mutating func logDecision(_ result: CallOutcome, snapshot: Snapshot) {
        var action: StaticString = "allow"
        if let number = result.decision.decidingRule {
            record.putMember("rule", snapshot.policy.rules[number].nameBytes)
            action = snapshot.policy.rules[number].action.name
        }
        // Let in, and then there was no way on.
        if proxy.refusal != nil { action = "reject" }
        record.putMember("action", action)
        if result.status > 0 {
            record.put(",\"status\":")
            record.putDecimal(UInt64(result.status))
        }
        if let refusal = proxy.refusal { record.putMember("reason", refusal.reason) }
        if result.decision.score != 0 {
            record.put(",\"score\":")
            record.putDecimal(result.decision.score)
        }
        logLists(snapshot.policy.lists, hits: result.decision.listHits)
        logShadows(result.decision, snapshot: snapshot)
    }

    /// The names of the rules on trial that hold.
    private mutating func logShadows(_ decision: Decision, snapshot: Snapshot) {
        for i in 0..<decision.shadowCount {
            record.put(i == 0 ? ",\"shadow\":[\"" : "\",\"")
            let name = snapshot.policy.rules[Int(decision.shadows[i])].nameBytes
            record.putJSONText(name.span, ByteRange(0, name.count))
        }
        if decision.shadowCount > 0 { record.put("\"]") }
    }

    /// The names of the lists that the call was found on.
    private mutating func logLists(_ lists: Lists, hits: UInt64) {
        var isFirst = true
        for list in lists.names.indices where lists.isNamed(list, in: hits) {
            record.put(isFirst ? ",\"lists\":[\"" : "\",\"")
            let name = lists.nameBytes[list]
            record.putJSONText(name.span, ByteRange(0, name.count))
            isFirst = false
        }
        if !isFirst { record.put("\"]") }
    }
}

extension ByteWriter {
    mutating func putMember(_ name: StaticString, _ value: StaticString) {
        put(",\"")
        put(name)
        put("\":\"")
        put(value)
        put("\"")
    }

    mutating func putMember(_ name: StaticString, _ value: [UInt8]) {
        putMember(name, value.span, ByteRange(0, min(value.count, 65535)))
    }

    /// Writes `,"name":"value"`; of a value longer than this only the beginning.
    mutating func putMember(_ name: StaticString, _ bytes: Span<UInt8>, _ range: ByteRange) {
        let longest = 512
        put(",\"")
        put(name)
        put("\":\"")
        putJSONText(bytes, ByteRange(range.start, min(range.end, range.start &+ longest)))
        put("\"")
    }

    /// Writes text as the inside of a JSON string (RFC 8259 §7).
    mutating func putJSONText(_ bytes: Span<UInt8>, _ range: ByteRange) {
        var i = range.start
        while i < range.end {
            let byte = bytes[i]
            if byte < 0x80 {
                putJSONCharacter(byte)
                i &+= 1
                continue
            }
            let length = utf8Length(bytes, at: i, to: range.end)
            let isPlain =
                length > 0 && !(byte == 0xC2 && bytes[i &+ 1] < 0xA0)
                && !(byte == 0xE2 && bytes[i &+ 1] == 0x80 && bytes[i &+ 2] & 0xFE == 0xA8)
            if isPlain {
                put(bytes, ByteRange(i, i &+ length))
            } else if length == 2 {
                put("\\u00")
                putHex(UInt64(bytes[i &+ 1]), digits: 2)
            } else if length == 3 {
                put("\\u20")
                putHex(UInt64(bytes[i &+ 2] & 0x3F), digits: 2)
            } else {
                put("\\ufffd")
            }
            i &+= max(1, length)
        }
    }

    fileprivate mutating func putJSONCharacter(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            put(UInt8(ascii: "\\"))
            put(byte)
        case 0x20...0x7E: put(byte)
        default:
            put("\\u00")
            putHex(UInt64(byte), digits: 2)
        }
    }

    /// The length of the well-formed UTF-8 sequence of two to four octets at `start` (Unicode, table 3-7), or 0.
    private func utf8Length(_ bytes: Span<UInt8>, at start: Int, to end: Int) -> Int {
        let lead = bytes[start]
        let length = lead >= 0xC2 && lead < 0xE0 ? 2 : lead & 0xF0 == 0xE0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0
        guard length > 0, start &+ length <= end else { return 0 }
        let second = bytes[start &+ 1]
        let lowest: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
        let highest: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
        guard second >= lowest, second <= highest else { return 0 }
        for i in 2..<max(2, length) where bytes[start &+ i] & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// Writes a time in Unix milliseconds as RFC 3339 has it, in UTC: `2026-11-21T02:09:29.123Z`.
    mutating func putRFC3339(_ milliseconds: Int64) {
        let seconds = max(0, milliseconds / 1000)
        let (year, month, day) = civilDate(daysSinceEpoch: seconds / 86400)
        putPadded(year, 4)
        put("-")
        putPadded(month, 2)
        put("-")
        putPadded(day, 2)
        put("T")
        putPadded(seconds % 86400 / 3600, 2)
        put(":")
        putPadded(seconds % 3600 / 60, 2)
        put(":")
        putPadded(seconds % 60, 2)
        put(".")
        putPadded(max(0, milliseconds) % 1000, 3)
        put("Z")
    }

    private mutating func putPadded(_ value: Int64, _ width: Int) {
        var divisor: Int64 = 1
        for _ in 1..<width { divisor &*= 10 }
        while divisor > 0 {
            put(UInt8(truncatingIfNeeded: 0x30 &+ value / divisor % 10))
            divisor /= 10
        }
    }
}

/// The Gregorian date of a day, counted from 1 January 1970 (Hinnant's days-to-civil).
private func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSinceEpoch &+ 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36524 &- dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
    let marchMonth = (5 &* dayOfYear &+ 2) / 153
    let month = marchMonth < 10 ? marchMonth &+ 3 : marchMonth &- 9
    return (yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0), month, dayOfYear &- (153 &* marchMonth &+ 2) / 5 &+ 1)
}
