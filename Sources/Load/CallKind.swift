// SPDX-License-Identifier: Apache-2.0

/// What a call of the load is, and so what has to become of it.
public enum CallKind: UInt8, Sendable, CaseIterable {
    /// Signed, with that attestation.
    case signedA, signedB, signedC
    /// Without a signature.
    case unsigned
    /// Well signed, but for another number than the one in From.
    case spoofed
    /// Signed with C, which was then changed to A.
    case tampered
    /// Signed an hour ago.
    case stale
    /// Unsigned, from a number that the proxy has on a list and turns away.
    case listed
    /// No call at all: noise, cut and contradictory messages.
    case garbage

    /// The name in `--mix` and in reports.
    public var name: String {
        switch self {
        case .signedA: "A"
        case .signedB: "B"
        case .signedC: "C"
        case .unsigned: "unsigned"
        case .spoofed: "spoofed"
        case .tampered: "tampered"
        case .stale: "stale"
        case .listed: "listed"
        case .garbage: "garbage"
        }
    }

    /// Whether it carries an Identity header field.
    public var isSigned: Bool {
        switch self {
        case .signedA, .signedB, .signedC, .spoofed, .tampered, .stale: true
        case .unsigned, .listed, .garbage: false
        }
    }

    /// Whether its signature is as it should be, so that no proxy may turn it away for that.
    public var isRightlySigned: Bool { self == .signedA || self == .signedB || self == .signedC }

    /// Whether it must never reach the PBX, whatever the proxy's rules are.
    public var mustNotArrive: Bool { self == .listed || self == .garbage }

    /// Whether an answer, if only a refusal, is owed to whoever sends it.
    public var isOwedAnswer: Bool { self != .garbage }
}

/// In which shares the kinds make up the load.
public struct CallMix: Sendable, Equatable {
    /// A share; those of a mix need not add up to anything.
    public struct Share: Sendable, Equatable {
        /// The kind.
        public let kind: CallKind
        /// Its weight.
        public let weight: Int
    }

    /// The shares, each of a weight above 0.
    public let shares: [Share]

    /// Unsigned calls alone.
    public static let unsigned = CallMix(shares: [Share(kind: .unsigned, weight: 1)])

    private init(shares: [Share]) { self.shares = shares }

    /// `A=40,B=20,unsigned=30,spoofed=10`; nil where that is none.
    public init?(_ text: String) {
        var shares: [Share] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "=", omittingEmptySubsequences: false)
            guard halves.count == 2, let kind = CallKind.allCases.first(where: { $0.name == halves[0] }),
                let weight = Int(halves[1]), (0...1_000_000).contains(weight),
                !shares.contains(where: { $0.kind == kind })
            else { return nil }
            if weight > 0 { shares.append(Share(kind: kind, weight: weight)) }
        }
        guard !shares.isEmpty else { return nil }
        self.shares = shares
    }

    /// Whether some calls are signed.
    public var hasSigned: Bool { shares.contains { $0.kind.isSigned } }

    /// The kinds of `count` calls, each share spread evenly over them: at every point those placed so far come as near to
    /// the shares as whole calls can.
    func kinds(count: Int) -> [CallKind] {
        let total = shares.reduce(0) { $0 + $1.weight }
        var credit = [Int](repeating: 0, count: shares.count)
        return (0..<count).map { _ in
            var chosen = 0
            for i in shares.indices {
                credit[i] += shares[i].weight
                if credit[i] > credit[chosen] { chosen = i }
            }
            credit[chosen] -= total
            return shares[chosen].kind
        }
    }
}
