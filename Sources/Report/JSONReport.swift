// SPDX-License-Identifier: Apache-2.0

import Foundation
import PlainText

extension CallReport {
    /// The report as one JSON document. Times are in UTC; nothing in it can move a terminal's cursor.
    public var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return Printable.json(String(decoding: try encoder.encode(self), as: UTF8.self))
        }
    }
}
