// SPDX-License-Identifier: Apache-2.0
//
// Configurations for the tests, and their faults as short lines.

import Foundation
import SIP
import StirrupConfiguration
import Testing

/// The smallest configuration; two listeners, a carrier and a PBX. Twelve lines.
let smallest = """
    listen:
      outside: { address: "203.0.113.10:5060" }
      inside: { address: "10.0.0.1:5060" }
    peers:
      carrier-a:
        role: carrier
        listen: outside
        sources: [198.51.100.0/28]
        targets: ["198.51.100.5:5060"]
      pbx: { role: pbx, listen: inside, sources: [10.0.0.0/24], targets: ["10.0.0.10:5060"] }



    """

/// The configuration in `text`.
func read(_ text: String) throws -> Configuration {
    try ConfigurationFile.read(text: text, path: "/etc/stirrup/stirrup.yaml")
}

/// The faults of `text`, each as `LINE:COLUMN MESSAGE`.
func faults(_ text: String) -> [String] {
    lines { () throws(ConfigurationFaults) in
        _ = try ConfigurationFile.read(text: text, path: "/etc/stirrup/stirrup.yaml")
    }
}

/// The faults of `more` behind the smallest configuration; lines count from the first of `more`.
func faultsBehindSmallest(_ more: String) -> [String] {
    let found = faults(smallest + more)
    return found.map { fault in
        let parts = fault.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let line = Int(parts[0]) else { return fault }
        return "\(line - 12):\(parts[1])"
    }
}

/// What `body` throws, each as `LINE:COLUMN MESSAGE`.
func lines(_ body: () throws(ConfigurationFaults) -> Void) -> [String] {
    do {
        try body()
        return []
    } catch {
        return error.faults.map { "\($0.line):\($0.column) \($0.message)" }
    }
}

/// Runs `body` with the path of a file that holds `bytes`.
func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "stirrup-configuration-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// A number, where its text is right.
func number(_ text: String) throws -> TelephoneNumber { try #require(TelephoneNumber(text)) }

/// An address, where its text is right.
func address(_ text: String) throws -> TransportAddress { try #require(TransportAddress(text)) }
