// SPDX-License-Identifier: Apache-2.0

import Proxy
import SIP

/// INVITEs that wait for a certificate: copies with what belongs to them, bounded in number and bytes. One screener's.
struct HeldCalls {
    struct Call {
        let datagram: [UInt8]
        let arrival: Arrival
        let arrivedAt: Int64
        /// `Clock.monotonicNanoseconds` at which the call is decided without the certificate.
        let deadline: Int64
        /// The certificates that it waits for.
        let urls: [[UInt8]]
    }

    static let maximumCalls = 4096
    static let maximumBytes = 16 << 20

    private var calls: [Call] = []
    private var bytes = 0

    /// Whether one more of this size may wait.
    func hasRoom(for size: Int) -> Bool { calls.count < Self.maximumCalls && bytes + size <= Self.maximumBytes }

    mutating func add(_ call: Call) {
        calls.append(call)
        bytes += call.datagram.count
    }

    /// Takes out the calls that wait for this certificate.
    mutating func take(waitingFor url: [UInt8]) -> [Call] { take { $0.urls.contains(url) } }

    /// Takes out the calls whose time has come.
    mutating func take(dueAt now: Int64) -> [Call] { calls.isEmpty ? [] : take { $0.deadline <= now } }

    private mutating func take(_ isWanted: (Call) -> Bool) -> [Call] {
        var taken: [Call] = []
        calls.removeAll { call in
            guard isWanted(call) else { return false }
            taken.append(call)
            bytes -= call.datagram.count
            return true
        }
        return taken
    }

    /// When the next call is due; nil if none waits.
    var nextDeadline: Int64? { calls.isEmpty ? nil : calls.lazy.map(\.deadline).min() }
}
