// SPDX-License-Identifier: Apache-2.0

import SIP

/// A call as some log tells it: what a log does not tell is nil or empty.
struct Call: Sendable {
    /// When it came in, in Unix milliseconds.
    var time: Int64
    /// Which kind of log tells it.
    var format: LogFormat
    /// Who calls, as the call says.
    var caller: Party
    /// Who is called.
    var callee: Party
    /// Which way it goes.
    var direction = Direction.unknown
    /// Where it came in: the peer of our log, the trunk of a call detail record.
    var place = ""
    /// The dialplan context of a call detail record.
    var context = ""
    /// The IP address that it came from.
    var source = ""
    /// What the caller wants the display to show.
    var displayName = ""
    /// The outcome of verification; nil for calls that are not verified.
    var verstat: Verstat?
    /// The attestation, as signed: A, B or C.
    var attest: Attest?
    /// The service provider code of who signed it, known where the certificate was accepted.
    var signer = ""
    /// The host of the certificate's URL.
    var certificateHost = ""
    /// Why verification failed.
    var failure = ""
    /// The rule that decided, and what it did.
    var rule = ""
    var action = ""
    /// The status code of an answer of ours.
    var status: Int?
    /// Whether the action was carried out; in monitor mode it is only logged.
    var isEnforced = true
    /// Seconds from its beginning to its end.
    var lasted: Int?
    /// Seconds from its answer to its end; 0: it was not answered.
    var talked: Int?
    /// Whether it ended as the callee does not exist.
    var isUnallocated = false
    /// What it is found by again: its Call-ID, or the unique identifier of a call detail record.
    var reference = ""

    /// A call of which nothing more is known.
    init(time: Int64, format: LogFormat, caller: Party, callee: Party) {
        self.time = time
        self.format = format
        self.caller = caller
        self.callee = callee
    }

    /// Whether it was turned away.
    var isStopped: Bool { isEnforced && (action == "reject" || action == "drop" || action == "redirect") }
    /// Whether nobody talked: it was not answered, and rang no longer than `ring` seconds, or was answered for no longer
    /// than `answer` seconds. nil: the log does not tell.
    func wasOneRing(ring: Int, answer: Int) -> Bool? {
        guard let talked else { return nil }
        return talked == 0 ? (lasted ?? 0) <= ring : talked <= answer
    }
}

/// A log that calls are read from.
public enum LogFormat: String, CaseIterable, Sendable, Encodable {
    /// Our own call log (INTERFACE §5).
    case stirrup
    /// `Master.csv` of Asterisk's `cdr_csv`.
    case asterisk
    /// The default template of FreeSWITCH's `mod_cdr_csv`.
    case freeswitch
}

/// Which way a call goes.
enum Direction: Sendable {
    /// From a carrier.
    case inbound
    /// From our side.
    case outbound
    /// Between two of our own.
    case inner
    /// The log does not tell.
    case unknown
}

/// The outcome of verification (INTERFACE §2).
enum Verstat: String, CaseIterable, Sendable {
    case passed, failed, absent, unavailable
}

/// An attestation (RFC 8588 §4).
enum Attest: String, CaseIterable, Sendable {
    case full = "A"
    case partial = "B"
    case gateway = "C"
}

/// Somebody on one end of a call.
struct Party: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// A global number; nil for an extension, an anonymous caller, a URI.
    let number: TelephoneNumber?
    /// What stands there instead of a global number.
    let text: String

    /// A global number.
    init(_ number: TelephoneNumber) {
        self.number = number
        text = ""
    }

    /// What is no global number.
    init(text: String) {
        number = nil
        self.text = text
    }

    /// A number as our call log writes it, with a `+` before global ones; nil for anything else.
    init?(logged text: Span<UInt8>) {
        guard text.count > 7, text.count < 32, text[0] == UInt8(ascii: "+"),
            let number = TelephoneNumber(literal: text, ByteRange(0, text.count)), number.isPossible
        else { return nil }
        self.init(number)
    }

    /// As a PBX writes it, with or without prefixes (RFC 8224 §8.3). What is no global number, seven digits of a NANP subscriber
    /// included, is an extension.
    init(dialled text: String, plan: TelephoneNumber.Plan) {
        let count = text.utf8.count
        guard count < 64 else {
            self.init(text: text)
            return
        }
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
        let read = DialedDigits(bytes.span, ByteRange(0, count)).map(plan.reading)
        if let read, read.scope == .global {
            self.init(read.number)
        } else {
            self.init(text: text)
        }
    }

    /// Hashes the one of the two that there is.
    func hash(into hasher: inout Hasher) {
        if let number { hasher.combine(number.packed) } else { hasher.combine(text) }
    }

    /// Numbers in their order, then the rest.
    static func < (left: Party, right: Party) -> Bool {
        switch (left.number, right.number) {
        case (let left?, let right?): left < right
        case (nil, nil): left.text < right.text
        case (_?, nil): true
        case (nil, _?): false
        }
    }

    /// The number with `+`, or what stands there instead.
    var description: String { number.map { "+\($0)" } ?? text }

    /// Whether this is what a PBX calls its own: a few digits, or the start of an Asterisk context.
    var isExtension: Bool {
        guard number == nil, !text.isEmpty, text.utf8.count < 8 else { return false }
        return text == "s" || text.utf8.allSatisfy { 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "#") }
    }

    /// Whether this tells one caller from another: not where a number is withheld.
    var isIdentity: Bool {
        if number != nil { return true }
        let word = text.lowercased()
        let user = (word.hasPrefix("sip:") ? word.dropFirst(4) : word[...]).prefix { $0 != "@" }
        return !Self.withheld.contains(String(user)) && !word.hasSuffix("anonymous.invalid")
    }

    /// What stands in place of a number that is withheld (RFC 3323 §4.1.1.3), or is not known.
    private static let withheld: Set<String> = [
        "", "s", "anonymous", "restricted", "private", "withheld", "unknown", "unavailable", "asserted", "nobody",
    ]
}

/// Where calls come from: what a caller shows, or the address, which cannot be invented as easily.
enum Originator: Hashable, Comparable, Sendable, CustomStringConvertible {
    case caller(Party)
    case address(String)

    var description: String {
        switch self {
        case .caller(let party): "\(party)"
        case .address(let source): "address \(source)"
        }
    }
}
