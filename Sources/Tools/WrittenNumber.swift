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

    /// The same of a caller to sign for, who must be a global number as the proxy has it (RFC 8224 §6.1 step 1): what `plan` can
    /// make no such number of, as of seven digits in North America, is somebody else in each area.
    public init(caller text: String, plan: Plan?) throws(ToolError) {
        try self.init(written: text, plan: plan)
        let padded = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack), range = ByteRange(0, text.utf8.count)
        guard isPossible, plan.map({ TelephoneNumber.isGlobal(padded.span, range, plan: $0) }) ?? true else {
            throw ToolError(
                "\"\(Printable.text(text))\" is no global number of a caller: a country code and as many digits as its plan has"
            )
        }
    }
}
