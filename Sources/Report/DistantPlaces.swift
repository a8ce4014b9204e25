// SPDX-License-Identifier: Apache-2.0

/// One caller who comes by different peers, or signed by different providers, at about the same time: one of them is not the
/// caller. A second attempt of a carrier to reach the same callee by another way is none of it.
struct DistantPlaces: Inquiry {
    private struct Last: Sendable {
        var time = Int64.min
        var place = "", signer = "", format = LogFormat.stirrup
        var callee = Party(text: "")
        var reference = ""
    }

    private struct Moves: Counted, Sendable {
        var evidence = Evidence()
        var ways = NameCounts()
        var shortest = Int64.max
        var count: Int { evidence.count }
    }

    private let settings: ReportSettings
    private var recent: RecentTable<Party, Last>
    private var moves = Tally<Party, Moves>()

    init(_ settings: ReportSettings) {
        self.settings = settings
        recent = RecentTable(window: settings.thresholds.placesWithin)
    }

    mutating func observe(_ call: Call) {
        guard call.direction == .inbound, call.caller.number != nil else { return }
        let now = Last(
            time: call.time, place: call.place, signer: call.signer, format: call.format, callee: call.callee,
            reference: call.reference)
        let before = recent.update(call.caller, at: call.time, default: now) { last in
            let before = last
            last = now
            return before
        }
        guard let way = Self.way(from: before, to: now) else { return }
        let gap = abs(now.time - before.time)
        moves.update(call.caller, default: Moves()) { moves in
            moves.evidence.add(call, other: call.callee)
            moves.ways.add(way)
            moves.shortest = min(moves.shortest, gap)
        }
    }

    /// `carrier-a → carrier-b`, or nil where nothing speaks for two places. Logs of different kinds name places differently.
    private static func way(from before: Last, to now: Last) -> String? {
        guard before.format == now.format, before.callee != now.callee else { return nil }
        if !before.signer.isEmpty, !now.signer.isEmpty, before.signer != now.signer {
            return "signed by \(before.signer) → \(now.signer)"
        }
        guard !before.place.isEmpty, !now.place.isEmpty, before.place != now.place else { return nil }
        return "by \(before.place) → \(now.place)"
    }

    private var frequent: [(key: Party, value: Moves)] {
        moves.top { $0.count >= settings.thresholds.placeChanges }
    }

    func findings() -> [Finding] {
        let all = frequent
        guard !all.isEmpty else { return [] }
        let rows = all.prefix(settings.top).map { caller, moves in
            moves.evidence.row(
                "\(caller)",
                [
                    Finding.Fact("from … to", moves.ways.text),
                    Finding.Fact("shortest time between", "\(moves.shortest / 1000) s"),
                    Finding.Fact("called", moves.evidence.others.text(\.description)),
                ])
        }
        return [
            Finding(
                .distantPlaces, .look, "\(all.count.of("caller")) changed place while calling.", rows: Array(rows),
                rowCount: all.count,
                thresholds: settings.thresholds)
        ]
    }

    var omission: String? { nil }
    var isBounded: Bool { recent.hasForgotten || moves.hasForgotten }
}
