// SPDX-License-Identifier: Apache-2.0
//
// Tokens that nobody of this project made: those printed in RFCs and those in another implementation's repository. They
// stand outside of this repository, beside it in shared/corpora; without them the suite is skipped. Their claims often break
// the rules that they illustrate: here is said which.

import Foundation
import Testing

@testable import STIR

/// The tokens of the corpus.
private struct Vector: Decodable {
    let id: String
    let token: String
    let header: String?
    let claims: String?

    static let folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/corpora/stir")
    static let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "vectors.json").path)

    static func all() throws -> [Vector] {
        try JSONDecoder().decode([Vector].self, from: Data(contentsOf: folder.appending(path: "vectors.json")))
    }

    func member(_ name: String, of text: String?) -> String? {
        guard let text, let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            return nil
        }
        return object[name].map { "\($0)" }
    }
}

@Suite(.enabled(if: Vector.isThere, "shared/corpora/stir is not beside the repository"))
struct VectorCorpusTests {
    private enum Reading: Equatable {
        case failed(VerificationFailure)
        /// Of a type that nothing here knows.
        case ignored
        /// In order but for its certificate, which would have to be fetched.
        case readable
    }

    /// What is wrong with each token (INTERFACE §4) for a call that fits it, at its own time.
    private static let readings: [String: Reading] = [
        "rfc8225-appA": .failed(.calleeMismatch),  // dest is a URI
        // iat is a string
        "rfc8225-s7.1-full": .failed(.claims), "rfc8224-s4.1": .failed(.claims), "rfc8816-s9": .failed(.claims),
        "rfc8946-s3-div": .failed(.calleeMismatch), "rfc8946-s4.1-div": .failed(.calleeMismatch),  // div without a chain
        "rfc8946-s5-divo": .ignored, "rfc8443-s4.1-rph": .ignored, "rfc8946-s5-opt-inner": .readable,
        "rfc8688-invite-shaken": .failed(.claims),  // dest.tn: a string
        "rfc8688-jwscard": .failed(.malformed), "repo-90b67d18": .failed(.malformed), "repo-27d20a58": .failed(.malformed),
        "repo-de422cdf": .failed(.malformed), "repo-d30853c6": .failed(.malformed),  // typ: no PASSporT
        "repo-040e0389": .failed(.claims), "repo-162bc966": .failed(.claims),  // orig.tn: without a country code
        "repo-e5d4b5d1": .failed(.claims),  // orig.tn: Bob
        "repo-fd47287d": .failed(.claims), "repo-f2bcc64a": .failed(.claims),  // orig and dest: strings
    ]

    @Test("each token is read as its faults have it")
    func claims() throws {
        let lab = try Lab()
        var seen: Set<String> = []
        for vector in try Vector.all() {
            let x5u = vector.member("x5u", of: vector.header) ?? "https://h/c"
            let ppt = vector.member("ppt", of: vector.header).map { ";ppt=\($0)" } ?? ""
            let numbers = (vector.claims ?? "").matches(of: /"tn":\[?"\+?(\d+)"/).map { String($0.1) }
            let iat = vector.claims?.firstMatch(of: /"iat":"?(\d+)/).flatMap { Int64($0.1) } ?? Lab.now
            let verified = lab.verify(
                "\(vector.token);info=<\(x5u)>;alg=ES256\(ppt)", caller: numbers.last, to: numbers.first,
                requestURI: numbers.first,
                settings: VerificationSettings(urlPolicy: CertificateURLPolicy(schemes: [.http, .https], ports: [])), at: iat)
            let reading: Reading =
                verified.failure.map { .failed($0) } ?? (verified.result.isPending ? .readable : .ignored)
            #expect(Self.readings[vector.id] == reading, "\(vector.id) is \(reading)")
            seen.insert(vector.id)
        }
        #expect(seen == Set(Self.readings.keys))
    }
}
