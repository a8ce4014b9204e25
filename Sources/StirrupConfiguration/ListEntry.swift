// SPDX-License-Identifier: Apache-2.0
//
// One entry of a list, as commands name it.

public import SIP

/// Why there is no such entry or list: a sentence without a full stop.
public struct ListEntryError: Error, Equatable, CustomStringConvertible {
    /// The sentence.
    public let description: String
}

/// One entry of a list.
public enum ListEntry: Hashable, Sendable {
    /// Of a list of kind `numbers`.
    case number(NumberPattern)
    /// Of a list of kind `networks`; its port is nil.
    case network(SourceNetwork)
    /// Of a list of kind `scores`.
    case scored(TelephoneNumber)
    /// Of a list of kind `tokens`.
    case token(String)

    /// The entry that `text` is in a list of this kind, read as a line of its file would be; `plan` reads numbers without `+`.
    public init(
        _ text: String, kind: Configuration.ListKind, plan: TelephoneNumber.Plan
    ) throws(ListEntryError) {
        switch kind {
        case .numbers: self = .number(try Self.pattern(text, plan))
        case .networks: self = .network(try Self.network(text))
        case .scores:
            guard case .number(let number) = try Self.pattern(text, plan) else {
                throw ListEntryError(description: "\(quoted(text)): a list of scores has single numbers only")
            }
            self = .scored(number)
        case .tokens:
            let token = text.trimmingPrefix { $0 == " " || $0 == "\t" }
            if let message = TokenListFile.fault(Array(token.utf8).span) { throw ListEntryError(description: message) }
            guard !token.isEmpty else { throw ListEntryError(description: "a token is not empty") }
            self = .token(String(token))
        }
    }

    private static func pattern(
        _ text: String, _ plan: TelephoneNumber.Plan
    ) throws(ListEntryError) -> NumberPattern {
        do {
            return try NumberPattern(parsing: text, plan)
        } catch {
            throw ListEntryError(description: error.message(text))
        }
    }

    private static func network(_ text: String) throws(ListEntryError) -> SourceNetwork {
        let network: SourceNetwork
        do {
            network = try SourceNetwork(parsing: text)
        } catch {
            throw ListEntryError(description: error.message(text))
        }
        guard network.port == nil else {
            throw ListEntryError(description: "\(quoted(text)): a list of networks has no ports")
        }
        return network
    }
}

extension ListEntry {
    /// How the entry was read from `text`, if that has no `+`.
    public func completed(from text: String) -> CompletedNumber? {
        switch self {
        case .number(let pattern): CompletedNumber(text, pattern)
        case .scored(let number): CompletedNumber(text, .number(number))
        case .network, .token: nil
        }
    }
}

extension ListEntry: CustomStringConvertible {
    /// The entry in one spelling: two that are the same are written alike, and what is written is read as the same.
    public var description: String {
        switch self {
        case .number(let pattern): pattern.description
        case .network(let network): network.description
        case .scored(let number): NumberPattern.number(number).description
        case .token(let text): text
        }
    }
}

extension Configuration {
    /// The place of the list with this name.
    public func list(named name: String) throws(ListEntryError) -> Int {
        if let index = lists.firstIndex(where: { $0.name == name }) { return index }
        let names = lists.map(\.name)
        let known = names.isEmpty ? "; there is none" : "; one of: \(names.joined(separator: ", "))"
        throw ListEntryError(description: "no list is named \(quoted(name))\(known)\(suggestion(for: name, among: names))")
    }
}
