// SPDX-License-Identifier: Apache-2.0
//
// Reading `lists`.

import Foundation
import SIP

extension Sections {
    private static let defaultRefresh = 3600
    private static let refreshes = 60_000...7 * 86_400_000

    /// The lists, in order; nil where one is faulty.
    func readLists(_ entries: [ValueReader], _ plan: TelephoneNumber.Plan) -> [Configuration.List?] {
        entries.map { entry in
            entry.mapping { keys in
                let kind: Configuration.ListKind? = keys.required("kind")?.choice("a kind of list")
                let sourceValue = keys.required("source"), refreshValue = keys.optional("refresh")
                let refresh = refreshValue?.milliseconds(in: Self.refreshes).map { $0 / 1000 }
                let source = sourceValue?.listSource(refreshSeconds: refresh ?? Self.defaultRefresh)
                if case .file? = source { refreshValue?.fault("a file is read when it changes: \"refresh\" is for URLs") }
                let columnValue = keys.optional("column"), scoreValue = keys.optional("score_column")
                if let kind, kind != .scores {
                    scoreValue?.fault("a list of kind \(kind.rawValue) has no scores: \"score_column\" is for kind scores")
                }
                if columnValue == nil { scoreValue?.fault("\"score_column\" needs \"column\" beside it") }
                let columns = Configuration.ListColumns(entry: columnValue?.text(), score: scoreValue?.text(), plan: plan)
                guard let kind, let source else { return nil }
                return Configuration.List(
                    name: entry.name, kind: kind, source: source, columns: columns, position: entry.keyPosition)
            }
        }
    }
}

extension ValueReader {
    /// A file, or an https URL. It may have a query, as some publishers want a key there.
    fileprivate func listSource(refreshSeconds: Int) -> Configuration.ListSource? {
        guard let text = text() else { return nil }
        guard text.contains("://") else { return path().map { .file($0) } }
        guard let url = URLComponents(string: text, encodingInvalidCharacters: false), url.scheme?.lowercased() == "https",
            let host = url.host, !host.isEmpty, url.port.map({ 1...65535 ~= $0 }) ?? true
        else {
            fault("\(quoted(text)) is not an https URL")
            return nil
        }
        guard url.user == nil, url.password == nil, url.fragment == nil else {
            fault("\(quoted(text)): the URL must have no user or fragment")
            return nil
        }
        return .remote(Configuration.RemoteFile(url: text, position: position), refreshSeconds: refreshSeconds)
    }
}

extension Configuration.List {
    /// Whether a file that was fetched has what the list wants; throws what is wrong with it. Nothing of it is kept.
    public func check(path: String) throws(ConfigurationFaults) {
        let lines = try ListLines(path: path, namedAt: nil)
        guard let first = lines.firstByte else { throw lines.fault("there is nothing in it") }
        // What says so where a token may be anything is an error page.
        guard first != UInt8(ascii: "<") else { throw lines.fault("this is markup, not a list") }
        switch kind {
        case .numbers: try NumberListFile.forEach(lines, columns) { _, _ in }
        case .scores: try ScoreListFile.forEach(lines, columns) { _, _ in }
        case .networks: _ = try NetworkListFile.read(path: path, columns)
        case .tokens: _ = try TokenListFile.read(path: path, columns)
        }
    }
}
