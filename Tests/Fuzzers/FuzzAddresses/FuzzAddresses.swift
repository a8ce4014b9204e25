// SPDX-License-Identifier: Apache-2.0
//
// The input is one header field's value, read as Via, as a URI and as name-addr. What is read lies within the value and hangs
// together, is the same for a part read by itself and for another case of the letters, and comes back once it is written.

import FuzzSupport
import SIP

/// A value in memory of its own, that ends where the value's slack ends.
func reading(_ bytes: [UInt8], slack: UInt8 = 0, _ body: (Span<UInt8>, ByteRange) -> Void) {
    let slot = Slot(bytes, slack: slack), datagram = slot.datagram
    body(datagram.span, ByteRange(0, bytes.count))
    withExtendedLifetime(slot) {}
}

private func run(_ bytes: [UInt8]) {
    let summary = Summary(bytes)
    let slacks = Array("\n,;\"@0>%".utf8), slack = slacks[bytes.count % slacks.count], behind = Summary(bytes, slack: slack)
    check(behind == summary, "what stands in the slack (\(slack)) does not matter: \(summary) \(behind)")
    // Names, schemes and hexadecimal digits have no case, and of the rest only the place is kept (RFC 3261 §7.3.1).
    let other = Summary(bytes.map { asciiLowercase($0) &- 0x61 < 26 ? $0 ^ 0x20 : $0 })
    check(other == summary, "the case of letters does not matter: \(summary) \(other)")
    reading(bytes) { span, whole in
        if let uri = SIPURI(span, whole) {
            check(uri.whole == whole, "a URI is all of its range")
            checkURI(uri, span)
        }
        checkVias(span, whole)
        checkAddresses(span, whole)
        checkNumber(span, whole)
        if let address = TransportAddress(span, whole, port: 5060) { checkWritten(address) }
    }
    let branch = "branch=z9hG4bK" + String(repeating: "0", count: 32)
    checkRow(bytes, behind: "SIP/2.0/UDP 192.0.2.10:5060;\(branch);rport,") { $0.vias }
    checkRow(bytes, behind: "\"A, <B>\" <sip:a@192.0.2.10;lr>;x=\"c, <d>\",") { $0.addresses }
}

/// Taking our own value off the front of a row leaves the rest as it was.
private func checkRow(_ bytes: [UInt8], behind own: String, _ values: (Summary) -> [Reading]) {
    guard let following = bytes.firstIndex(where: { !isWhiteSpace($0) }), bytes[following] != UInt8(ascii: ",") else { return }
    let own = Array(own.utf8), alone = values(Summary(bytes)), row = values(Summary(own + bytes))
    check(row.first?.next == own.count + following, "behind our value stands the next: \(row)")
    check(Array(row.dropFirst()) == alone, "a value reads behind ours as it does alone: \(row) \(alone)")
}

@main
enum Fuzzer {
    static func main() {
        runFuzzer { data, size in
            run(octets(data, size))
            return 0
        }
    }
}
