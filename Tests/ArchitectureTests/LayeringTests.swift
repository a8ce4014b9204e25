// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Layering: what a target may import (DESIGN §2)")
struct LayeringTests {
    /// The targets whose imports are limited, and what they may import.
    private static let allowed: [String: Set<String>] = [
        "SIP": [],
        "Credentials": ["COpenSSL", "SwiftASN1"],
        "STIR": ["SIP", "Credentials"],
        "Policy": ["SIP", "STIR"],
        "Proxy": ["SIP", "STIR", "Policy", "Synchronization"],
        "Net": ["CLinux", "Glibc", "SIP"],
        "StirrupConfiguration": ["SIP", "Foundation", "Yams"],
        "PlainText": [],
        "Report": ["PlainText", "SIP", "Policy", "Foundation"],
        "Load": ["SIP", "STIR", "Credentials", "Net", "Foundation", "Histogram", "Synchronization"],
        "stirload": ["SIP", "Load", "Foundation", "ArgumentParser"],
    ]
    /// The targets that may import anything, but for what `reserved` keeps.
    private static let free: Set<String> = ["Server", "Demo", "Tools", "stirrup"]
    /// Modules that only these targets may import.
    private static let reserved: [String: Set<String>] = [
        "CLinux": ["Net"], "Glibc": ["Net"], "COpenSSL": ["Credentials"],
        "Foundation": ["StirrupConfiguration", "Report", "Server", "Demo", "Tools", "stirrup", "Load", "stirload"],
        "FoundationEssentials": [], "FoundationNetworking": [],
    ]
    /// The targets that a message runs through.
    private static let pure: Set<String> = ["SIP", "STIR", "Policy", "Proxy", "Credentials"]

    /// The module that a line imports, if it is an import line.
    private func imported(_ line: Substring) -> String? {
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first,
            first.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(first)
        {
            words.removeFirst()
        }
        guard words.first == "import", words.count > 1 else { return nil }
        let kinds = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"]
        let module = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return module.split(separator: ".").first.map(String.init)
    }

    @Test("import lines are recognised in every form")
    func importLines() {
        let forms: [Substring] = [
            "import SIP", "public import SIP", "@testable import SIP", "internal import struct SIP.Via",
            "@preconcurrency private import SIP",
            "import SIP.Via",
        ]
        for form in forms { #expect(imported(form) == "SIP") }
        #expect(imported("// import SIP") == nil && imported("let important = 1") == nil && imported("") == nil)
    }

    @Test("every target imports what its row allows and nothing else")
    func imports() throws {
        var wrong: [String] = [], seen: Set<String> = []
        for file in try SourceTree.files(in: "Sources", ["swift"]) {
            seen.insert(file.target)
            for module in file.lines.compactMap(imported) {
                let isAllowed = Self.free.contains(file.target) || Self.allowed[file.target]?.contains(module) == true
                let isReserved = Self.reserved[module].map { !$0.contains(file.target) } ?? false
                if !isAllowed || isReserved { wrong.append("\(file.path) imports \(module)") }
            }
        }
        #expect(wrong == [])
        #expect(seen.isSuperset(of: Self.allowed.keys), "targets without files")
        #expect(seen.subtracting(Self.allowed.keys).isSubset(of: Self.free), "targets without a row")
    }

    @Test("no file has more than 400 lines")
    func fileLengths() throws {
        var long: [String] = []
        for folder in ["Sources", "Tests"] {
            for file in try SourceTree.files(in: folder, ["swift", "c", "h"]) {
                // The last line's end leaves an empty piece behind it.
                let count = file.lines.count - (file.lines.last?.isEmpty == true ? 1 : 0)
                if count > 400 { long.append("\(file.path): \(count) lines") }
            }
        }
        #expect(long == [])
    }

    @Test("what bytes from the network run through does not trap by choice")
    func traps() throws {
        var wrong: [String] = []
        for file in try SourceTree.files(in: "Sources", ["swift"]) where Self.pure.contains(file.target) {
            for (number, line) in file.lines.enumerated() {
                for trap in ["try!", "as!", "fatalError("] where line.contains(trap) {
                    wrong.append("\(file.path):\(number + 1): \(trap)")
                }
            }
        }
        #expect(wrong == [])
    }

    @Test("every file begins with its licence")
    func licences() throws {
        var wrong: [String] = []
        for folder in ["Sources", "Tests"] {
            for file in try SourceTree.files(in: folder, ["swift", "c", "h"])
            where file.lines.first != "// SPDX-License-Identifier: Apache-2.0" {
                wrong.append(file.path)
            }
        }
        #expect(wrong == [])
    }
}
