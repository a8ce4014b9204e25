// SPDX-License-Identifier: Apache-2.0

import PlainText
import SIP

extension TelephoneNumber {
    /// The number that an operator has written: as `plan` reads numbers in SIP, or without one exactly as it stands there.
    public init(written text: String, plan: Plan?) throws(ToolError) {
        let bytes = Array(text.utf8)
        guard bytes.count < 256 else { throw ToolError("a telephone number of \(bytes.count) characters is none") }
        let padded = bytes + [UInt8](repeating: 0, count: readSlack), range = ByteRange(0, bytes.count)
        let number =
            plan.map { TelephoneNumber(canonicalizing: padded.span, range, plan: $0) }
            ?? TelephoneNumber(literal: padded.span, range)
        guard let number else { throw ToolError("\"\(Printable.text(text))\" is no telephone number such as +12025550100") }
        self = number
    }
}
