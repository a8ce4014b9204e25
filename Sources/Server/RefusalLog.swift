// SPDX-License-Identifier: Apache-2.0

import Net
import Proxy
import SIP

/// The lines of the call log for requests that are refused before a rule sees them (`Proxy/RefusalRecord.swift`); one for each
/// thread.
struct RefusalLog: ~Copyable {
    private let callLog: CallLog
    private let counters: Counters
    private let node: [UInt8]
    private var record = ByteWriter(capacity: 32768)

    init(callLog: CallLog, counters: Counters, node: [UInt8]) {
        self.callLog = callLog
        self.counters = counters
        self.node = node
    }

    /// Takes note of what `proxy` just said about `datagram`, if that was a refusal.
    mutating func note(_ proxy: borrowing StatelessProxy, _ datagram: Datagram, _ arrival: Arrival, _ snapshot: Snapshot) {
        guard proxy.refusal != nil, callLog.isOn else { return }
        record.reset()
        proxy.logRefusal(
            of: datagram.span, arrival: arrival, snapshot: snapshot, node: node, now: Clock.unixMilliseconds(), into: &record)
        record.put("\n")
        if !callLog.append(record) { counters.add(CounterPlace.recordsLost) }
    }
}
