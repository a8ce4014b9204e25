// SPDX-License-Identifier: Apache-2.0
//
// Requests that are refused before a rule could say anything: by their syntax, or as they lead nowhere. Each has a line in the
// call log (INTERFACE §5), as somebody will ask for that call too.

import Policy
public import SIP

/// What a request was refused with.
public struct RefusedRequest: Equatable, Sendable {
    /// The status of the answer.
    public let status: UInt16
    /// Its reason phrase, which says what was wrong.
    public let reason: StaticString

    /// Whether both are the same.
    public static func == (left: RefusedRequest, right: RefusedRequest) -> Bool {
        left.status == right.status && left.reason.description == right.reason.description
    }
}

extension StatelessProxy {
    /// Answers the request of `index` as one that is refused.
    mutating func refuse(
        _ bytes: Span<UInt8>, status: UInt16, reason: StaticString, arrival: Arrival, snapshot: Snapshot
    ) -> Disposition {
        let disposition = answer(bytes, status: status, reason: reason, arrival: arrival, snapshot: snapshot)
        if case .answer = disposition { refusal = RefusedRequest(status: status, reason: reason) }
        return disposition
    }

    /// Writes the line of the call log for the request that was just refused; nothing where none was. `bytes` is that request,
    /// `now` Unix time in milliseconds, `node` what the log calls this host.
    public func logRefusal(
        of bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot, node: [UInt8], now: Int64, into record: inout ByteWriter
    ) {
        guard let refusal else { return }
        record.putRecordHead(index, bytes, arrival: arrival, snapshot: snapshot, node: node, now: now)
        let identities = CallIdentities(index, bytes, plan: snapshot.plan)
        let call = facts(identities, bytes, arrival: arrival, snapshot: snapshot)
        record.putParty("caller", call.caller, call.callerScope, else: index.from.uri, bytes)
        let called = index.requestURI.whole.isEmpty ? index.to.uri : index.requestURI
        record.putParty("callee", call.callee, call.calleeScope, else: called, bytes)
        if index.method != .invite { record.putMember("method", bytes, index.methodRange) }
        record.putMember("action", "reject")
        record.put(",\"status\":")
        record.putDecimal(UInt64(refusal.status))
        record.putMember("reason", refusal.reason)
        if let agent = index.firstField(.userAgent) { record.putMember("user_agent", bytes, index.fields[agent].value) }
        record.put("}")
    }
}

extension ByteWriter {
    /// Begins a line of the call log: when and where, which call, and who brought it.
    mutating func putRecordHead(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot, node: [UInt8], now: Int64
    ) {
        put("{\"time\":\"")
        putRFC3339(now)
        put("\"")
        putMember("node", node)
        if !index.callID.isEmpty { putMember("call_id", bytes, index.callID) }
        putMember("peer", snapshot.peers[arrival.peer].nameBytes)
        put(",\"source_ip\":\"")
        putIP(arrival.source)
        put("\",\"source_port\":")
        putDecimal(UInt64(arrival.source.port))
    }

    /// Writes a telephone number, with `+` where it is a global one; else the URI, if there is one.
    mutating func putParty(
        _ name: StaticString, _ number: TelephoneNumber?, _ scope: NumberReading.Scope, else uri: SIPURI, _ bytes: Span<UInt8>
    ) {
        guard let number else {
            if !uri.whole.isEmpty { putMember(name, bytes, uri.whole) }
            return
        }
        put(",\"")
        put(name)
        put(scope == .local ? "\":\"" : "\":\"+")
        put(number)
        put("\"")
    }
}
