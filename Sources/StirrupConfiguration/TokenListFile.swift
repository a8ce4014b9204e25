// SPDX-License-Identifier: Apache-2.0
//
// Files of words: lists of kind `tokens`.

import SIP

/// Reads files of service provider codes, user agents or any text, one a line, with `#` comments.
public enum TokenListFile {
    /// The longest token.
    static let longest = 255

    /// The tokens of a file, in its order, or everything that is wrong with it; `namer` is the place that names the file,
    /// whose fault it is if the file cannot be read.
    public static func read(
        path: String, _ columns: Configuration.ListColumns = Configuration.ListColumns(),
        namedAt namer: Configuration.Position? = nil
    ) throws(ConfigurationFaults) -> [[UInt8]] {
        let lines = try ListLines(path: path, namedAt: namer)
        var tokens: [[UInt8]] = []
        try lines.forEachEntry(columns) { line, row in
            let token = line.extracting(row.entry)
            if let message = fault(token) { return message }
            tokens.append(token.indices.map { token[$0] })
            return nil
        }
        return tokens
    }

    /// What is wrong with a token; nil: nothing.
    static func fault(_ token: Span<UInt8>) -> String? {
        guard token.count <= longest else { return "\(quoted(entryText(token))) is too long: more than \(longest) bytes" }
        for i in token.indices where token[i] < 0x20 || token[i] == 0x7F {
            return "\(quoted(entryText(token))) has control characters"
        }
        return nil
    }
}
