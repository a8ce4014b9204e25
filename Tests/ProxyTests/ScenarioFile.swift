// SPDX-License-Identifier: Apache-2.0
//
// A scenario is a text file. Lines before the first FROM set the stage, a line with `#` in front is a remark:
//
//     LISTEN outside 192.0.2.10:5060 [AS sip.example.com:5060]       none given: the two listeners and two peers of `Bench`
//     PEER pbx pbx ON inside SOURCES 10.0.0.0/24,10.0.1.1:5080 TARGETS 10.0.0.10:5060,10.0.0.11:5060 [VERSTAT off]
//     CONTACTS pbx 10.0.0.0/24                                       behind the PEERs: where its dialogs may reach
//     ROUTE FROM pbx PREFIX +44 TO carrier-uk
//     RULE blocked REJECT 403 Do Not Originate                       for every call; or DROP
//     KNOWN ISSUE what the product does wrong; the story tells what is right
//
// The story is made of FROM with a message and EXPECT with what becomes of it:
//
//     AT 1700000000                                                  the clock, Unix seconds
//     DOWN 10.0.0.10:5060                                            this target does not answer; UP: it does again
//     FROM carrier-a 198.51.100.5:5060 ON outside                    or FROM stranger
//     EXPECT SCREEN                                                  the relay hands over; the next EXPECT is the screener's
//     EXPECT FORWARD TO 10.0.0.10:5060 FROM inside
//     EXPECT ANSWER 483 TO 198.51.100.5:5060 FROM outside
//     EXPECT DROP unknown_source
//     EXPECT PROBE ANSWERED 10.0.0.10:5060
//
// A message ends before the next such line, empty lines in front of that not counted. Each LF is a CR LF; `\xHH`, `\r`,
// `\n`, `\t`, `\s`, `\\` are octets; `\end` ends the message at that place, without a line end. In an expected message
// `Name: *` is any value, and `{name}` is any text without delimiters, which is kept: later `{name}` is that text again.

/// What went wrong in reading a scenario.
struct ScenarioFault: Error, CustomStringConvertible {
    let line: Int
    let description: String
}

/// A scenario as it stands in its file.
struct ScenarioFile {
    /// One directive and the message below it.
    struct Step {
        let line: Int
        let words: [String]
        /// The raw lines of the message, escapes still in them.
        var message: [String] = []

        /// The word that follows `keyword`.
        func word(after keyword: String) -> String? {
            guard let place = words.firstIndex(of: keyword), place + 1 < words.count else { return nil }
            return words[place + 1]
        }
    }

    private static let keywords: Set<String> = ["FROM", "EXPECT", "AT", "DOWN", "UP"]
    private static let settings: Set<String> = ["LISTEN", "PEER", "CONTACTS", "ROUTE", "RULE"]

    private(set) var stage: [Step] = []
    private(set) var steps: [Step] = []
    private(set) var knownIssue = ""

    init(_ bytes: [UInt8]) throws {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(latin1: $0) }
        for (number, text) in lines.enumerated() {
            let words = text.split(separator: " ").map(String.init)
            let keyword = words.first ?? ""
            if text.hasPrefix("#") { continue }
            if Self.keywords.contains(keyword) {
                steps.append(Step(line: number + 1, words: words))
            } else if !steps.isEmpty {
                steps[steps.count - 1].message.append(text)
            } else if Self.settings.contains(keyword) {
                stage.append(Step(line: number + 1, words: words))
            } else if text.hasPrefix("KNOWN ISSUE ") {
                knownIssue = String(text.dropFirst(12))
            } else if !text.isEmpty {
                throw ScenarioFault(line: number + 1, description: "neither a setting nor a remark: \(text)")
            }
        }
        for i in steps.indices {
            while steps[i].message.last?.isEmpty == true { steps[i].message.removeLast() }
        }
    }
}

extension ScenarioFile.Step {
    /// The message as octets, each one a character, with these texts for `{name}`. `isPattern`: braces stay.
    func octets(_ captures: [String: String], isPattern: Bool) throws -> String {
        guard !message.isEmpty else { throw ScenarioFault(line: line, description: "there is no message") }
        var text = ""
        for raw in message {
            if let end = raw.range(of: "\\end") {
                return text + (try unescaped(String(raw[..<end.lowerBound]), captures, isPattern: isPattern))
            }
            text += try unescaped(raw, captures, isPattern: isPattern) + "\u{D}\u{A}"
        }
        // A header section ends with an empty line also where there is no body, whose file would end with two.
        let hasBody = message.contains("")
        return hasBody ? text : text + "\u{D}\u{A}"
    }

    private func unescaped(_ raw: String, _ captures: [String: String], isPattern: Bool) throws -> String {
        var result = String.UnicodeScalarView()
        var rest = Array(raw.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            if scalar == "{", !isPattern, let close = rest.firstIndex(of: "}") {
                let name = String(String.UnicodeScalarView(rest[..<close]))
                guard let value = captures[name] else {
                    throw ScenarioFault(line: line, description: "{\(name)} is not known yet")
                }
                result.append(contentsOf: value.unicodeScalars)
                rest = rest[(close + 1)...]
                continue
            }
            guard scalar == "\\" else {
                result.append(scalar)
                continue
            }
            switch rest.popFirst() {
            case "r": result.append("\r")
            case "n": result.append("\n")
            case "t": result.append("\t")
            case "s": result.append(" ")
            case "\\": result.append("\\")
            case "x":
                let digits = String(String.UnicodeScalarView(rest.prefix(2)))
                guard let value = UInt8(digits, radix: 16) else {
                    throw ScenarioFault(line: line, description: "\\x\(digits) is no octet")
                }
                result.append(Unicode.Scalar(value))
                rest = rest.dropFirst(2)
            default: throw ScenarioFault(line: line, description: "unknown escape in \(raw)")
            }
        }
        return String(result)
    }
}

extension String {
    /// Each octet as the character of that number.
    init(latin1 bytes: some Sequence<UInt8>) {
        var scalars = String.UnicodeScalarView()
        for byte in bytes { scalars.append(Unicode.Scalar(byte)) }
        self.init(scalars)
    }

    /// The octets of a string made by `init(latin1:)`.
    var latin1: [UInt8] { unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}
