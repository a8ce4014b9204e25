// SPDX-License-Identifier: Apache-2.0
//
// The INVITEs of a load, written and signed ahead of time into one flat buffer. A call takes the next of them and writes its
// number over the digits in branch, From tag and Call-ID; nothing else is done while the load runs.

import SIP

/// What the calls of a load are made of.
struct CallPlan: Sendable {
    /// Where the proxy is.
    var target = TransportAddress.none
    /// The addresses that calls come from, in turn.
    var sources: [TransportAddress] = []
    var mix = CallMix.unsigned
    /// How many different INVITEs there are.
    var poolSize = 1
    /// How many different callers there are.
    var callers = 10_000
    /// The numbers of `listed` calls, in turn.
    var listed: [TelephoneNumber] = []
    var lab: LabCarriers?
    /// How many of a hundred signed calls the first carrier signs; 0: as many as any other.
    var firstShare = 0
    var run: UInt32 = 0
    var seed: UInt64 = 1

    /// The kind of each INVITE of a pool. Every 64 of them have the shares of the mix, in an order of chance: else the kinds
    /// would go with sources and carriers, which take turns too.
    var kinds: [CallKind] {
        var kinds = mix.kinds(count: poolSize), random = LoadRandom(seed: seed)
        for i in kinds.indices {
            let left = min(64 - i % 64, kinds.count - i)
            kinds.swapAt(i, i + Int(random.next() % UInt64(left)))
        }
        return kinds
    }
}

/// The INVITEs, each at its place.
final class InvitePool: @unchecked Sendable {
    /// One of them.
    struct Entry {
        let offset: Int
        let length: Int
        /// Where the call's number goes, from the message's start on; `noPlace` where a message has fewer.
        let places: (branch: Int, tag: Int, callID: Int)
        let kind: CallKind
    }

    static let noPlace = -1
    /// The largest of them.
    static let largest = 4096

    let entries: [Entry]
    private let bytes: UnsafeMutablePointer<UInt8>

    /// Writes and signs them; `now` is Unix time, which the signatures bear.
    init(_ plan: CallPlan, at now: Int64) throws {
        var writer = InviteWriter(plan)
        var signer = try plan.lab.map {
            try CallSigner($0, firstShare: plan.firstShare, random: LoadRandom(seed: plan.seed ^ UInt64(bitPattern: now)))
        }
        var entries: [Entry] = []
        var all: [UInt8] = []
        for (number, kind) in plan.kinds.enumerated() {
            let places = try writer.write(number, kind, signer: &signer, at: now)
            guard !writer.output.overflowed else { throw LoadError("an INVITE is larger than \(Self.largest) octets") }
            entries.append(Entry(offset: all.count, length: writer.output.count, places: places, kind: kind))
            all += writer.output.array
        }
        self.entries = entries
        bytes = .allocate(capacity: max(1, all.count))
        bytes.initialize(from: all, count: all.count)
    }

    deinit { bytes.deallocate() }

    /// Which of them call `number` takes.
    @inline(__always)
    func entry(of number: UInt64) -> Entry { entries[Int(number % UInt64(entries.count))] }

    /// The Request-URI of call `number`; empty where its message has none.
    func requestURI(of number: UInt64) -> [UInt8] {
        let entry = entry(of: number)
        let message = UnsafeBufferPointer(start: bytes + entry.offset, count: entry.length)
        let words = message.prefix(256).split(separator: UInt8(ascii: " "), maxSplits: 2)
        return words.count == 3 ? Array(words[1]) : []
    }

    /// Copies the INVITE of call `number` to `place`, which has room for `largest` octets; returns its length.
    @inline(__always)
    func copy(_ number: UInt64, to place: UnsafeMutablePointer<UInt8>) -> Int {
        let entry = entry(of: number)
        place.update(from: bytes + entry.offset, count: entry.length)
        if entry.places.branch != Self.noPlace { CallName.write(number, to: place + entry.places.branch) }
        if entry.places.tag != Self.noPlace { CallName.write(number, to: place + entry.places.tag) }
        if entry.places.callID != Self.noPlace { CallName.write(number, to: place + entry.places.callID) }
        return entry.length
    }
}

/// Writes one INVITE after the other.
private struct InviteWriter: ~Copyable {
    private static let digits = String(repeating: "0", count: CallName.numberDigits)
    private static let sdp = [
        "v=0", "o=- 4711 4711 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0", "m=audio 40000 RTP/AVP 8 0 101",
        "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=ptime:20", "a=sendrecv", "",
    ].joined(separator: "\r\n")

    private let plan: CallPlan
    private var random: LoadRandom
    var output = ByteWriter(capacity: InvitePool.largest)

    init(_ plan: CallPlan) {
        self.plan = plan
        random = LoadRandom(seed: plan.seed)
    }

    mutating func write(
        _ number: Int, _ kind: CallKind, signer: inout CallSigner?, at now: Int64
    ) throws -> (branch: Int, tag: Int, callID: Int) {
        let caller = try caller(number, kind), callee = try Self.number(area: 215, number * 7 % 10_000)
        var identity = ByteWriter(capacity: 3072)
        if kind.isSigned {
            let signed = try Self.number(area: 303, number)
            guard
                try signer?.sign(
                    kind, caller: caller, signed: signed, callee: callee, number: number, at: now, into: &identity) != nil
            else { throw LoadError("signed calls need the keys of carriers: --lab") }
        }
        output.reset()
        let places = write(
            kind, caller: caller, callee: callee, identity: identity, source: plan.sources[number % plan.sources.count])
        return kind == .garbage ? spoil(number, places) : places
    }

    private func caller(_ number: Int, _ kind: CallKind) throws -> TelephoneNumber {
        if kind == .listed, !plan.listed.isEmpty { return plan.listed[number % plan.listed.count] }
        return try Self.number(area: kind == .listed ? 900 : 202, number % plan.callers)
    }

    /// The exchanges of a North American area: 200 to 999 without those that are services, as 911 is.
    private static let exchanges = (200...999).filter { $0 % 100 != 11 && $0 != 555 }
    /// How many numbers an area has.
    static let numbersInArea = exchanges.count * 10_000

    /// A number of an area, one that somebody may have.
    private static func number(area: Int, _ number: Int) throws -> TelephoneNumber {
        let line = String(number % 10_000), exchange = exchanges[number / 10_000 % exchanges.count]
        let text = "1\(area)\(exchange)\(String(repeating: "0", count: 4 - line.count))\(line)"
        guard let number = TelephoneNumber(text) else { throw LoadError("\(text) is no telephone number") }
        return number
    }

    private mutating func write(
        _ kind: CallKind, caller: TelephoneNumber, callee: TelephoneNumber, identity: borrowing ByteWriter,
        source: TransportAddress
    ) -> (branch: Int, tag: Int, callID: Int) {
        let suffix = CallName(number: 0, run: plan.run, kind: kind).suffix
        put("INVITE sip:+\(callee)@\(plan.target);user=phone SIP/2.0\r\nVia: SIP/2.0/UDP \(source);rport;branch=z9hG4bK")
        let branch = output.count
        put("\(Self.digits)\(suffix)\r\nMax-Forwards: 70\r\nFrom: <sip:+\(caller)@\(source);user=phone>;tag=")
        let tag = output.count
        put("\(Self.digits)\r\nTo: <sip:+\(callee)@\(plan.target);user=phone>\r\nCall-ID: ")
        let callID = output.count
        put("\(Self.digits)\(suffix)@stirload\r\nCSeq: 1 INVITE\r\nContact: <sip:\(source)>\r\n")
        if identity.count > 0 {
            put("Identity: ")
            output.put(identity)
            put("\r\n")
        }
        put("Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nUser-Agent: stirload\r\nContent-Type: application/sdp\r\n")
        put("Content-Length: \(Self.sdp.utf8.count)\r\n\r\n\(Self.sdp)")
        return (branch, tag, callID)
    }

    /// Makes no call of it, in one of six ways: octets of no meaning, the head of a message, a contradicted length, two
    /// From fields, no Call-ID, and a line that is none.
    private mutating func spoil(
        _ number: Int, _ places: (branch: Int, tag: Int, callID: Int)
    ) -> (branch: Int, tag: Int, callID: Int) {
        let message = output.string, none = InvitePool.noPlace
        output.reset()
        switch number % 6 {
        case 0:
            for _ in 0..<(20 + number % 700) { output.put(UInt8(truncatingIfNeeded: random.next())) }
            return (none, none, none)
        case 1:
            put(String(message.prefix(places.callID)))
            return (places.branch, places.tag, none)
        case 2: put(Self.replacing("Content-Length: ", with: "Content-Length: 9", in: message))
        case 3: put(Self.replacing("Allow: ", with: "From: <sip:+12025550100@example.com>;tag=x\r\nAllow: ", in: message))
        case 4:
            put(Self.replacing("Call-ID: ", with: "X-Nobody: ", in: message))
            return (places.branch, places.tag, none)
        default: put(Self.replacing("Allow: ", with: "this is no header field\r\nAllow: ", in: message))
        }
        return places
    }

    private static func replacing(_ part: String, with other: String, in text: String) -> String {
        guard let range = text.firstRange(of: part) else { return text }
        return text.replacingCharacters(in: range, with: other)
    }

    private mutating func put(_ text: String) { output.put(Array(text.utf8)) }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with other: String) -> String {
        String(self[..<range.lowerBound]) + other + self[range.upperBound...]
    }
}
