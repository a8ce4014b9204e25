// SPDX-License-Identifier: Apache-2.0
//
// What `stirrup check` warns of, or refuses, in what a configuration names beside its own text.

import Credentials
import StirrupConfiguration

extension SnapshotBuilder {
    /// The secret, where it is there: one that others know lets them write what only we may.
    mutating func checkSecret() {
        let path = configuration.secret?.path ?? SecretFile.defaultPath
        guard let message = SecretFile.fault(at: path) else { return }
        guard let position = configuration.secret?.position else {
            return fault(Configuration.Position(file: configuration.path, line: 1, column: 1), message)
        }
        fault(position, message)
    }

    /// Anybody whose call comes here can make its verstat `unavailable` instead of `absent` or `failed`, by a URL that never
    /// answers: a rule that names both of them and not that one has a way around it.
    mutating func warnOfUnavailable() {
        for rule in configuration.policy.rules {
            let verstat = rule.when.verstat
            guard verstat.contains(.failed), verstat.contains(.absent), !verstat.contains(.unavailable) else { continue }
            warn(
                rule.position,
                "rule \"\(rule.name)\" holds where verstat is failed or absent, but not where it is unavailable, which any caller "
                    + "can bring about with a URL that never answers")
        }
    }

    /// Anchors that are odd. What does not keep them from working here may elsewhere.
    mutating func warnOfAnchors(_ anchors: [Certificate], _ path: Configuration.Path) {
        let now = FileContents.now
        for anchor in anchors {
            let oddities = anchor.oddities(asAnchorAt: now)
            guard !oddities.isEmpty else { continue }
            let isFatal = oddities.contains { $0.isFatal }
            warn(
                path.position,
                "the trust anchor \(anchor.subject) is odd: \(oddities.map(\.sentence).joined(separator: ", "))"
                    + (isFatal ? "" : "; it is an anchor all the same, as only name, key and dates count"))
        }
    }
}
