// SPDX-License-Identifier: Apache-2.0
//
// Values that are quantities, addresses, paths or text for messages.

import Foundation
import SIP

extension ValueReader {
    /// A whole number in `range`.
    func integer(in range: ClosedRange<Int>) -> Int? {
        guard let text = text() else { return nil }
        if let number = decimal(text, in: range) { return number }
        fault("\(quoted(text)) is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// A duration in milliseconds, such as `500ms`, `2s`, `10m`, `1h`; `0` needs no unit.
    func milliseconds(in range: ClosedRange<Int>, orZero: Bool = false) -> Int? {
        guard let text = text() else { return nil }
        guard let value = quantity(text, units: ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]) else {
            fault("\(quoted(text)) is not a duration such as 500ms, 2s, 10m or 1h")
            return nil
        }
        guard range.contains(value) || orZero && value == 0 else {
            let zero = orZero && !range.contains(0) ? "0 or " : ""
            fault(
                "\(quoted(text)) is out of range: \(zero)\(duration(range.lowerBound)) to \(duration(range.upperBound))"
            )
            return nil
        }
        return value
    }

    /// A size in bytes, such as `64KiB`, `1MiB` or a plain number.
    func bytes(in range: ClosedRange<Int>) -> Int? {
        guard let text = text() else { return nil }
        guard let value = decimal(text, in: 0...Int.max) ?? quantity(text, units: ["KiB": 1 << 10, "MiB": 1 << 20])
        else {
            fault("\(quoted(text)) is not a size such as 64KiB, 1MiB or a number of bytes")
            return nil
        }
        guard range.contains(value) else {
            fault("\(quoted(text)) is out of range: \(range.lowerBound) to \(range.upperBound) bytes")
            return nil
        }
        return value
    }

    /// An IP address with a port.
    func address(defaultPort: UInt16 = 0) -> TransportAddress? {
        guard let text = text() else { return nil }
        // `UInt16` would take a signed port.
        if !text.contains("+"), let address = TransportAddress(text, defaultPort: defaultPort), address.port != 0 {
            return address
        }
        fault("\(quoted(text)) is not an IP address with a port, such as 192.0.2.1:5060 or [2001:db8::1]:5060")
        return nil
    }

    /// A network, which may name a port only where `allowingPort`.
    func network(allowingPort: Bool) -> SourceNetwork? {
        guard let text = text() else { return nil }
        do {
            let network = try SourceNetwork(parsing: text)
            if allowingPort || network.port == nil { return network }
            fault("\(quoted(text)): a port cannot be asked for here")
        } catch {
            fault(error.message(text))
        }
        return nil
    }

    /// A path, seen from the folder of the configuration.
    func path() -> Configuration.Path? {
        guard let text = text() else { return nil }
        if text.unicodeScalars.contains(where: isControl) {
            fault("\(quoted(text)) is not a path: it has control characters")
            return nil
        }
        if text.contains("://") {
            fault("\(quoted(text)) is a URL; \(quoted(name)) takes a file")
            return nil
        }
        return Configuration.Path(path: file.resolve(text), position: position)
    }

    /// A telephone number, of which `what` says in the fault what it is for.
    func telephoneNumber(
        _ what: String, _ plan: TelephoneNumber.Plan, where accepted: (TelephoneNumber) -> Bool
    ) -> TelephoneNumber? {
        guard let text = text() else { return nil }
        if case .number(let number)? = NumberPattern(text, plan: plan), accepted(number) { return number }
        fault("\(quoted(text)) is not \(what)")
        return nil
    }

    /// Text that goes into a message: without control characters, so that it neither ends a line nor hides one.
    func messageText() -> String? {
        guard let text = text() else { return nil }
        guard !text.unicodeScalars.contains(where: isControl) else {
            fault("\(quoted(text)) has control characters, which a SIP message must not have here")
            return nil
        }
        return text
    }

    /// An absolute URL without user information, query and fragment.
    func url(schemes: [String]) -> String? {
        guard let text = text() else { return nil }
        let wanted = schemes.joined(separator: " or ")
        guard let url = URLComponents(string: text, encodingInvalidCharacters: false),
            let scheme = url.scheme?.lowercased(),
            schemes.contains(scheme), let host = url.host, !host.isEmpty, url.port.map({ 1...65535 ~= $0 }) ?? true
        else {
            fault("\(quoted(text)) is not an \(wanted) URL")
            return nil
        }
        guard url.user == nil, url.password == nil, url.query == nil, url.fragment == nil else {
            fault("\(quoted(text)): the URL must have no user, query or fragment")
            return nil
        }
        return text
    }

    private func quantity(_ text: String, units: [String: Int]) -> Int? {
        if text == "0" { return 0 }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let unit = units[String(text.dropFirst(digits.count))], let number = decimal(digits, in: 0...Int.max)
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }

    private func duration(_ milliseconds: Int) -> String {
        let units = [("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        let unit = units.first { milliseconds >= $0.1 && milliseconds % $0.1 == 0 } ?? ("ms", 1)
        return milliseconds == 0 ? "0" : "\(milliseconds / unit.1)\(unit.0)"
    }
}
