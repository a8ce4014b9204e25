// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A SIP message as the telephones of the demo read and write it: lines of text. Nothing of the proxy's parser is used, so
/// that what the demo shows was read by somebody else.
struct SIPText: Sendable {
    /// A header field.
    struct Field: Sendable {
        let name: String
        let value: String
    }

    var startLine: String
    var fields: [Field] = []
    var body = ""

    init(startLine: String) { self.startLine = startLine }

    /// nil: no message.
    init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        var lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        startLine = lines.removeFirst()
        guard startLine.contains("SIP/2.0") else { return nil }
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            add(parts[0].trimmingCharacters(in: .whitespaces), parts[1].trimmingCharacters(in: .whitespaces))
        }
        body = String(text[end.upperBound...])
    }

    /// The message as it is sent.
    var bytes: [UInt8] {
        let lines = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array("\(startLine)\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }

    mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    /// Copies every field of that name.
    mutating func copy(_ name: String, from other: SIPText) {
        for value in other.values(name) { add(name, value) }
    }

    /// The values of all fields of that name.
    func values(_ name: String) -> [String] {
        fields.filter { $0.name.caseInsensitiveCompare(name) == .orderedSame }.map(\.value)
    }

    /// The value of the first field of that name, or nothing.
    func value(_ name: String) -> String { values(name).first ?? "" }

    /// The status code of a response; nil: a request.
    var status: Int? {
        guard startLine.hasPrefix("SIP/2.0 ") else { return nil }
        return Int(startLine.dropFirst(8).prefix(3))
    }

    /// The code and the phrase of a response.
    var answer: String { String(startLine.dropFirst(8)) }
    /// A request's method.
    var method: String { String(startLine.prefix { $0 != " " }) }
    var callID: String { value("Call-ID") }

    // MARK: - What a telephone shows

    /// The name in From.
    var displayName: String {
        let from = value("From")
        guard from.hasPrefix("\""), let end = from.range(of: "\" <") else { return "" }
        return from[from.index(after: from.startIndex)..<end.lowerBound].replacingOccurrences(of: "\\", with: "")
    }

    /// The verdict on the number in From: every one that is there, as a telephone may read any.
    var verstat: String? {
        let marks = value("From").components(separatedBy: "verstat=").dropFirst().map { rest in
            String(rest.prefix { !";@>".contains($0) })
        }
        return marks.isEmpty ? nil : marks.joined(separator: " and ")
    }

    /// The telephone number of a SIP URI, or of a field that has one.
    static func number(in text: String) -> String {
        guard let scheme = text.range(of: "sip:") else { return "" }
        return String(text[scheme.upperBound...].prefix { !";@>".contains($0) })
    }
}
