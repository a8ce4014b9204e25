// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("Method: the methods that are told apart")
struct MethodTests {
    private func method(_ text: String) -> Method { reading(text) { Method($0, $1) } }

    @Test("RFC 3261 §7.1: every method by its name, letter by letter", arguments: Method.allCases.filter { $0 != .other })
    func names(_ expected: Method) {
        let name = String(describing: expected.name)
        #expect(method(name) == expected)
        #expect(name == name.uppercased())
        for near in [
            name.lowercased(), name.capitalized, name + "S", String(name.dropLast()), " " + name, "X" + name.dropFirst(),
        ] {
            #expect(method(near) != expected)
        }
        for i in name.indices {
            let near = name.replacingCharacters(at: i, with: "_")
            #expect(method(near) == .other)
        }
    }

    @Test(
        "RFC 3261 §16.3: what is not known is another method",
        arguments: ["", "OTHER", "X", "I", "SAIL", "RE%47ISTER", "PRUCK", "INVITED"])
    func other(_ text: String) { #expect(method(text) == .other) }
}

extension String {
    /// The string with its first letter in upper case and the others in lower case.
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst().lowercased() }

    /// The string with another character at `index`.
    fileprivate func replacingCharacters(at index: Index, with other: Character) -> String {
        String(indices.map { $0 == index ? other : self[$0] })
    }
}
