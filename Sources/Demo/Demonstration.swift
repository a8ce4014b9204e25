// SPDX-License-Identifier: Apache-2.0

/// `stirrup demo`: calls good and bad through a proxy that runs as it does in the field.
public enum Demonstration {
    /// What all waits together take at most; a call that comes later counts as not answered.
    private static let time = Duration.seconds(60)

    /// Starts the lab in `folder`, plays the calls, and stops it again. `show` gets the text, a few lines at a time, without
    /// the last line's end. Throws where the lab cannot be started: a `DemoError`, or what the proxy says about it; and a
    /// `CancellationError` where the task is cancelled.
    public static func run(
        in folder: DemoFolder, style: TextStyle = .plain, show: @Sendable (String) -> Void
    ) async throws -> DemoResult {
        let deadline = Deadline(in: time)
        let text = DemoText(style: style)
        let lab = try await Lab.start(in: folder, before: deadline)
        defer { lab.stop() }
        show(text.introduction(lab))
        show(text.header)
        var calls: [DemoCall] = []
        for scenario in Scenario.all {
            let outcome = try await lab.play(scenario, before: deadline)
            try Task.checkCancellation()
            show(text.call(scenario, outcome))
            calls.append(DemoCall(scenario, outcome))
        }
        let result = DemoResult(calls: calls)
        show(text.summary(result, downloads: lab.certificates.downloads))
        return result
    }
}
