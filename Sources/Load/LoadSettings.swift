// SPDX-License-Identifier: Apache-2.0

import Foundation
public import SIP

/// What a load is: everything that the command line says.
public struct LoadSettings: Sendable {
    /// What is made of each call.
    public enum Flow: String, Sendable, CaseIterable {
        /// INVITEs alone, sent once: they end where they arrive, or with the answer that the proxy itself gives.
        case invite
        /// Whole calls, sent again as a user agent does: INVITE, 100, 180, 200, ACK, hold, BYE, 200.
        case call
    }

    /// Where the proxy is.
    public var target: TransportAddress
    /// How many calls, when.
    public var profile: LoadProfile
    /// What is made of each call.
    public var flow = Flow.invite
    /// The first address that calls come from; port 0: whatever the kernel chooses.
    public var from = TransportAddress(ipv4: 0x7F00_0001, port: 0)
    /// How many addresses calls come from: that one and those behind it.
    public var sources = 1
    /// How many threads place calls.
    public var threads = 1
    /// How long a call is held, in seconds.
    public var hold = 0.0
    /// How long an INVITE that is not sent again, or a call that rings, is waited for, in seconds.
    public var patience = 2.0
    /// Where calls arrive, if that is this process too.
    public var answer: TransportAddress?
    /// What is done with them there; with `invite` nothing.
    public var answerCourse = AnswerCourse()
    /// The shares of the kinds of calls.
    public var mix = CallMix.unsigned
    /// How many different callers there are.
    public var callers = 10_000
    /// The numbers of `listed` calls.
    public var listed: [TelephoneNumber] = []
    /// Who signs.
    public var lab: LabCarriers?
    /// How many of a hundred signed calls the first carrier signs; 0: as many as any other.
    public var firstShare = 0
    /// How many INVITEs are made ahead of time; nil: one for each call, but no more than 40,000.
    public var pool: Int?
    /// After how many seconds they are signed anew.
    public var freshFor = 20.0
    /// Whether what the PBX is told of a caller has to be right.
    public var checksVerdicts = true
    /// Decides whatever is random.
    public var seed: UInt64 = 1

    /// A load of unsigned INVITEs.
    public init(target: TransportAddress, profile: LoadProfile) {
        self.target = target
        self.profile = profile
    }

    /// The numbers in a file, one a line; `#` begins a remark.
    public static func numbers(inFile path: String) throws -> [TelephoneNumber] {
        guard let data = FileManager.default.contents(atPath: path) else { throw LoadError("cannot read \(path)") }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        let numbers = lines.compactMap { line in
            let text = line.prefix { $0 != "#" && $0 != "," }.filter { !$0.isWhitespace && $0 != "+" }
            return text.isEmpty ? nil : TelephoneNumber(text)
        }
        guard !numbers.isEmpty else { throw LoadError("\(path) has no telephone numbers") }
        return numbers
    }

    /// Whether calls end where they arrive.
    var endsAtArrival: Bool { flow == .invite && answer != nil }

    /// How many sockets calls come from: so many that every thread has its own, and each call always the same.
    var socketCount: Int { sources % threads == 0 ? sources : sources * threads }

    var poolSize: Int {
        let wanted = pool ?? Int(min(profile.callCount, 40_000))
        return max(1, (wanted + socketCount - 1) / socketCount) * socketCount
    }

    /// The address of a socket.
    func sourceAddress(_ number: Int) -> TransportAddress {
        let address = number % sources, isFirstThere = number < sources
        return TransportAddress(
            high: from.high, low: from.low &+ UInt64(address), port: isFirstThere || from.port == 0 ? from.port : 0)
    }
}
