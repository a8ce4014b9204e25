// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Proxy

/// A dialog over the proxy: what its first request got as Record-Route, and the later requests of its two sides.
struct DialogLab {
    /// The URI of the sending side, whose token the callee sends by, and that of the receiving side, which the caller does.
    let up: String, down: String
    let call: Call
    let opened: Outcome

    /// Lets `call` in, `seconds` after `CallLab.now`.
    init(
        _ call: Call = Call(), from arrival: Arrival = Bench.fromCarrier, _ snapshot: Snapshot = Bench.verifying(),
        after seconds: Int64 = 0
    ) throws {
        self.call = call
        opened = try Desk().process(call.bytes, from: arrival, snapshot, after: seconds)
        let values = try #require(opened.value("Record-Route")).split(separator: ",").map(String.init)
        up = values[0]
        down = try #require(values.last)
    }

    /// The route set of who began the dialog.
    var callerRoutes: [String] { [down, up] }
    /// That of the other side.
    var calleeRoutes: [String] { [up, down] }

    /// A request of who began the dialog.
    func ofCaller(_ method: String = "INVITE", _ change: (inout Call) -> Void = { _ in }) -> [UInt8] {
        var request = call
        request.method = method
        request.branch = "z9hG4bKlater"
        request.to = call.to + ";tag=b9"
        request.fields = ["Route: " + callerRoutes.joined(separator: ",")]
        change(&request)
        return request.bytes
    }

    /// A request of the other side.
    func ofCallee(_ method: String = "INVITE", _ change: (inout Call) -> Void = { _ in }) -> [UInt8] {
        var request = call
        request.method = method
        request.branch = "z9hG4bKback"
        request.from = call.to + ";tag=b9"
        request.to = call.from
        request.fields = ["Route: " + calleeRoutes.joined(separator: ",")]
        change(&request)
        return request.bytes
    }
}

extension Outcome {
    /// Whether the relay handed over to a screener.
    var isScreened: Bool { if case .screen = disposition { true } else { false } }
}
