// SPDX-License-Identifier: Apache-2.0
//
// DER of the extensions of RFC 8226 and RFC 9118. The first byte says which; what is read is written and read again.

import Credentials
import FuzzSupport

private func checkTNAuthList(_ der: [UInt8]) {
    guard let list = try? TNAuthList(der: der) else { return }
    let again = try? TNAuthList(der: list.encoded())
    check(again == list, "a TNAuthList is the same once written: \(list)")
    check(list.serviceProviderCodes.allSatisfy { !$0.isEmpty && $0.utf8.count <= 64 }, "a code's length")
    let covers = list.covers(Array("12155550100".utf8).span)
    if !list.serviceProviderCodes.isEmpty { check(covers, "a service provider covers every number") }
    for number in list.numbers { check(list.covers(number.span), "a number covers itself") }
    for range in list.ranges {
        check(range.count >= 2 && range.contains(range.start.span), "a range covers its start")
        check(!range.contains((range.start + [0x30]).span), "a range has numbers of one length")
    }
    for digits in ["", "1", "0", "999999999999999", "9999999999999999", "*"] { _ = list.covers(Array(digits.utf8).span) }
}

private func checkConstraints(_ der: [UInt8], enhanced: Bool) {
    guard let constraints = try? ClaimConstraints(der: der, enhanced: enhanced) else { return }
    let isEnhanced = !constraints.mustExclude.isEmpty
    check(enhanced || !isEnhanced, "only RFC 9118 excludes claims")
    check((try? ClaimConstraints(der: constraints.encoded(), enhanced: isEnhanced)) == constraints, "constraints, once written")
}

private func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let der = Array(input.dropFirst())
    switch first & 3 {
    case 0: checkTNAuthList(der)
    case 1: checkConstraints(der, enhanced: false)
    case 2: checkConstraints(der, enhanced: true)
    default: _ = try? RevocationList.all(in: der)
    }
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
