// SPDX-License-Identifier: Apache-2.0
//
// A line of our own call log (INTERFACE §5) as a call.

/// Reads lines of our call log.
enum CallLogLine {
    private enum Key: String, CaseIterable {
        case time, peer, caller, callee, verstat, attest, signer, x5u, failure, rule, action, status, mode
        case callID = "call_id"
        case source = "source_ip"
        case displayName = "display_name"
    }

    /// The longest value that is kept, with its escapes.
    private static let longestValue = 4096

    /// The keys by their length.
    private static let keys = (0..<16).map { length in
        Key.allCases.filter { $0.rawValue.utf8.count == length }.map { (name: Array($0.rawValue.utf8), key: $0) }
    }

    private static func key(_ name: Span<UInt8>) -> Key? {
        guard name.count < keys.count else { return nil }
        return keys[name.count].first { candidate in
            for i in 0..<name.count where candidate.name[i] != name[i] { return false }
            return true
        }?.key
    }

    /// The call, or why the line is none.
    static func read(_ line: Span<UInt8>) -> Result<Call, BadLine> {
        var call = Call(time: .min, format: .stirrup, caller: Party(text: ""), callee: Party(text: ""))
        let isObject = JSONLine.read(line) { name, value in
            guard let key = key(line.extracting(name)) else { return }
            switch value {
            case .string(let range, let hasEscapes): set(key, line, range, hasEscapes, &call)
            case .number(let range): if key == .status { call.status = Int(line.text(range)) }
            case .other: break
            }
        }
        guard isObject else { return .failure(.notJSON) }
        guard call.time != .min else { return .failure(.noTime) }
        // Every record has an action; a JSON object without one is of another log.
        guard !call.action.isEmpty else { return .failure(.notACall) }
        return .success(call)
    }

    private static func set(_ key: Key, _ line: Span<UInt8>, _ range: Range<Int>, _ hasEscapes: Bool, _ call: inout Call) {
        // The proxy writes no longer values; what a report keeps of a caller is bounded whoever wrote the log.
        let range = range.prefix(longestValue)
        func text() -> String { hasEscapes ? line.unescapedJSON(range) : line.text(range) }
        switch key {
        case .time: call.time = Instant.milliseconds(line.extracting(range), clock: nil) ?? .min
        case .peer: call.place = text()
        case .caller: call.caller = Party(logged: line.extracting(range)) ?? Party(text: text())
        case .callee: call.callee = Party(logged: line.extracting(range)) ?? Party(text: text())
        case .verstat: call.verstat = Verstat(rawValue: text())
        case .attest: call.attest = Attest(rawValue: text())
        case .signer: call.signer = text()
        case .x5u: call.certificateHost = host(ofURL: text())
        case .failure: call.failure = text()
        case .rule: call.rule = text()
        case .action: call.action = text()
        case .status: break
        case .mode: call.isEnforced = text() != "monitor"
        case .callID: call.reference = text()
        case .source: call.source = text()
        case .displayName: call.displayName = text()
        }
    }

    /// What stands between the slashes, without a port.
    private static func host(ofURL url: String) -> String {
        let parts = url.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].last == UInt8(ascii: ":"), parts[1].isEmpty else { return "" }
        let authority = parts[2].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        guard let colon = authority.lastIndex(of: UInt8(ascii: ":")), authority.last != UInt8(ascii: "]") else {
            return String(Substring(authority))
        }
        return String(Substring(authority[..<colon]))
    }
}

extension Call {
    /// Whether the line is about a call whose target changed after it was decided.
    var isFailover: Bool { action == "failover" }
}

/// Why a line is not a call.
enum BadLine: Error, Equatable {
    case notJSON
    case notACall
    case noTime
    case tooLong
    case unclosedQuotation
    case columns(found: Int, expected: Int)
    case unknownFormat

    /// A few words for the report.
    var words: String {
        switch self {
        case .notJSON: "not a JSON object"
        case .notACall: "not a record of our call log"
        case .noTime: "no time that can be read"
        case .tooLong: "longer than \(LineReader.longest) bytes"
        case .unclosedQuotation: "a quotation mark is not closed"
        case .columns(let found, let expected): "\(found) columns instead of \(expected)"
        case .unknownFormat: "of no format that is known"
        }
    }
}
