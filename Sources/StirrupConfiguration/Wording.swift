// SPDX-License-Identifier: Apache-2.0
//
// How faults name what was written and what was probably meant.

/// `text` in double quotes, with control characters made visible and cut to a length that fits a line.
func quoted(_ text: some StringProtocol) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(80) {
        shown += isControl(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return "\"\(shown)\(text.unicodeScalars.count > 80 ? "…" : "")\""
}

/// Whether the character is a control character: in a header it would end a line or hide one.
func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }

/// The one of `names` that a person who wrote `text` probably meant: at most a third of its characters are different.
/// Exchanged neighbours count once. nil if none is so near; of two letters nothing can be guessed.
func nearest(to text: String, among names: some Sequence<String>) -> String? {
    let limit = max(text.count > 2 ? 1 : 0, text.count / 3)
    let ranked = names.map { (name: $0, distance: distance(text.lowercased(), $0.lowercased())) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit else { return nil }
    return best.name
}

/// `; did you mean "NAME"?`, or nothing.
func suggestion(for text: String, among names: some Sequence<String>) -> String {
    nearest(to: text, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
}

/// How many characters must be put in, left out, replaced or exchanged with their neighbour (optimal string alignment).
private func distance(_ first: String, _ second: String) -> Int {
    let a = Array(first), b = Array(second)
    var beforeLast: [Int] = [], last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
            row.append(best)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}

/// The decimal number that `text` is: digits only, so that `+5` and `5_0` are none.
func decimal(_ text: some StringProtocol, in range: ClosedRange<Int>) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let number = Int(text) else { return nil }
    return range.contains(number) ? number : nil
}
