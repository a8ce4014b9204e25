// SPDX-License-Identifier: Apache-2.0
// What is said when a file of keys, certificates or revocations cannot be used.

/// Why a key, certificate, chain or revocation list from a file is refused: a sentence, and OpenSSL's own words.
public struct CredentialError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, as a sentence without a full stop.
    public let problem: String
    /// OpenSSL's own words; empty where it has none.
    public let detail: String

    /// The problem, and OpenSSL's own words where it had any.
    public var description: String {
        detail.isEmpty ? problem : "\(problem) (OpenSSL: \(detail))"
    }

    init(_ problem: String) {
        self.problem = problem
        detail = ""
    }

    /// Takes OpenSSL's reason from this thread's error queue, which is empty afterwards.
    init(openSSL problem: String) {
        self.problem = problem
        detail = OpenSSLErrorQueue.takeWords()
    }
}
