// SPDX-License-Identifier: Apache-2.0

import Foundation
import PlainText
import Policy
import SIP
public import Server
import StirrupConfiguration

/// What a configuration knows about a telephone number: `stirrup lookup`.
public struct NumberReport: Sendable {
    /// The number as calls are compared with it.
    let number: TelephoneNumber
    private let scope: NumberReading.Scope
    /// Whether it is one of `numbers.own`.
    let isOwn: Bool
    /// What the number plan says of it; nil: it is no number that could be dialled from abroad.
    let plan: NumberPlan.Entry?
    /// The lists of kind `numbers` that it is on.
    let lists: [String]
    /// The lists of kind `scores` that have a score for it.
    let scores: [(list: String, score: Int)]

    /// Looks a number up, however it is written. Throws where it is none.
    public init(_ text: String, in prepared: PreparedConfiguration) throws(ToolError) {
        let bytes = Array(text.utf8), padded = bytes + [UInt8](repeating: 0, count: readSlack)
        guard bytes.count <= 64,
            let digits = DialedDigits(padded.span, ByteRange(0, bytes.count))
        else { throw ToolError("\(Printable.text(text)) is not a telephone number") }
        let read = prepared.plan.reading(digits), number = read.number
        self.number = number
        scope = read.scope
        plan = NumberPlan.lookup(number)
        let known = prepared.listsInForce()
        isOwn = known.own.contains(number)
        lists = known.names.indices.filter { known.numbers[$0].contains(number) }.map { known.names[$0] }
        scores = known.names.indices.compactMap { list in
            known.scores[list].score(of: number).map { (known.names[list], $0) }
        }
    }

    private var written: String { (scope == .local ? "" : "+") + "\(number)" }

    /// Country, kind and validity, and the words of rules that hold for it.
    private var planText: String {
        guard let plan else { return "no telephone number" }
        guard scope != .local else { return "short: a service or local number, as it is dialled" }
        return (["\(plan.country?.description ?? "no country")", "\(plan.kind.name)", "\(plan.validity.name)"] + words)
            .joined(separator: ", ")
    }

    /// The words with which a rule would find this number by the plan.
    private var words: [String] {
        guard let plan else { return [] }
        return [
            ("invalid", plan.isInvalid), ("fictitious", plan.isFictitious), ("premium", plan.isPremium),
            ("high-risk", plan.isHighRisk),
        ].filter(\.1).map(\.0)
    }

    /// For people.
    public var text: String {
        let named = lists.isEmpty ? "none" : lists.joined(separator: ", ")
        let each = scores.map { "\($0.list) \($0.score)" }.joined(separator: ", ")
        let sum = scores.reduce(0) { $0 + $1.score }
        return """
            number     \(written)
            plan       \(planText)
            own        \(isOwn ? "yes: one of our own numbers" : "no")
            lists      \(named)
            score      \(scores.isEmpty ? "0: on no list of scores" : scores.count == 1 ? each : "\(sum): \(each)")
            """
    }

    /// One JSON document.
    public var json: String {
        var object: [String: Any] = [
            "number": written, "own": isOwn, "lists": lists, "score": scores.reduce(0) { $0 + $1.score },
            "scores": Dictionary(uniqueKeysWithValues: scores.map { ($0.list, $0.score) }),
        ]
        if let plan {
            object["plan"] = [
                "country": plan.country?.description ?? "", "kind": "\(plan.kind.name)", "validity": "\(plan.validity.name)",
                "words": words, "metadata": "\(NumberPlan.version)",
            ]
        }
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
        return Printable.json(String(decoding: data ?? Data(), as: UTF8.self))
    }
}
