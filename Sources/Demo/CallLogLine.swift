// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A line of the proxy's call log (INTERFACE §5), as any tool would read it.
struct CallLogLine: Decodable, Sendable {
    let callID: String
    let attest: String?
    let signer: String?
    let verstat: String?
    let failure: String?
    let rule: String?

    private enum CodingKeys: String, CodingKey {
        case callID = "call_id"
        case attest, signer, verstat, failure, rule
    }

    /// The line about a call, as soon as the proxy has written it; nil: it did not.
    static func read(call callID: String, in file: String, before deadline: Deadline) async -> CallLogLine? {
        await deadline.wait {
            let text = FileManager.default.contents(atPath: file) ?? Data()
            for line in text.split(separator: UInt8(ascii: "\n")) {
                guard let read = try? JSONDecoder().decode(CallLogLine.self, from: Data(line)) else { continue }
                if read.callID == callID { return read }
            }
            return nil
        }
    }
}
