// SPDX-License-Identifier: Apache-2.0
//
// What a screener remembers of a transaction for 32 seconds (64·T1), so that a retransmission gets the same answer although
// clocks, lists, certificates or health have moved on (RFC 3261 §16.11). A table of fixed size that may forget: then the
// decision is made again.

import Policy
import SIP
import STIR

/// What was decided about a transaction.
struct RememberedTransaction: BitwiseCopyable {
    enum State: UInt8, BitwiseCopyable { case empty, held, forwarded, rejected, dropped }

    var mac: UInt64 = 0
    /// The hash of the whole header section: retransmissions are copies.
    var fingerprint: UInt64 = 0
    /// Unix seconds: verification and signatures of a retransmission are of this moment.
    var decidedAt: Int64 = 0
    /// The configuration that decided.
    var generation: UInt64 = 0
    var hop = TransportAddress.none
    /// The label of the peer that it went to: numbers of peers change with a reload.
    var hopLabel: UInt16 = 0
    var state = State.empty
    /// What verification said: a second look could see it differently.
    var verstat: Verstat?
    var failure: VerificationFailure?
    /// Whether all that it said is kept.
    var hasVerification = false
    /// What the rules said: its numbers are those of `generation`.
    var decision = Decision()
    /// Whether it was decided what we sign, for the peer that it went to.
    var isSigningDecided = false
    /// Where the header fields of our signature stand in the store; their length, 0: none.
    var signatureStart: UInt64 = 0
    var signatureLength: UInt16 = 0
}

struct TransactionMemory: ~Copyable {
    /// 64·T1 (RFC 3261 §17.1.1.2).
    static let lifetime: Int64 = 32
    /// How long a phone may ring: CANCEL and the ACK for a non-2xx come after that, and have to go where their INVITE went.
    static let longestRinging: Int64 = 600
    private static let ways = 4
    private static let capacity = 1 << 14
    private static let storeSize = 1 << 21

    // Each takes its memory with the first call that needs it.
    private var entries: [RememberedTransaction] = []
    /// The header fields of signatures, one behind the other, the oldest overwritten.
    private var store: [UInt8] = []
    private var written: UInt64 = 0
    /// What verification said, at the places of the transactions.
    private var verifications: [CallVerification] = []

    /// What is remembered of the transaction, if it was not longer ago than `age`.
    func recall(_ mac: UInt64, at now: Int64, upTo age: Int64 = lifetime) -> RememberedTransaction? {
        guard !entries.isEmpty else { return nil }
        let base = Self.base(mac)
        for i in base..<(base &+ Self.ways) where entries[i].mac == mac && entries[i].state != .empty {
            return now &- entries[i].decidedAt <= age ? entries[i] : nil
        }
        return nil
    }

    /// Remembers; in a full row the oldest is forgotten.
    mutating func remember(_ transaction: RememberedTransaction) {
        let place = put(transaction)
        // What lies at this place among the verifications may be another call's.
        entries[place].hasVerification = false
    }

    /// Remembers a transaction with what verification said about it. Its ranges are those of the same octets again, which
    /// the fingerprint vouches for.
    mutating func remember(_ transaction: RememberedTransaction, _ verification: CallVerification) {
        if verifications.isEmpty { verifications = [CallVerification](repeating: CallVerification(), count: Self.capacity) }
        let place = put(transaction)
        entries[place].hasVerification = true
        verifications[place] = verification
    }

    private mutating func put(_ transaction: RememberedTransaction) -> Int {
        if entries.isEmpty { entries = [RememberedTransaction](repeating: RememberedTransaction(), count: Self.capacity) }
        let place = place(for: transaction.mac)
        entries[place] = transaction
        return place
    }

    private func place(for mac: UInt64) -> Int {
        let base = Self.base(mac)
        var place = base
        for i in base..<(base &+ Self.ways) {
            if entries[i].mac == mac || entries[i].state == .empty { return i }
            if entries[i].decidedAt < entries[place].decidedAt { place = i }
        }
        return place
    }

    /// What verification said about a transaction that is remembered; nil: it was not kept.
    func verification(of transaction: RememberedTransaction) -> CallVerification? {
        guard transaction.hasVerification, !verifications.isEmpty else { return nil }
        let place = place(for: transaction.mac)
        return entries[place].mac == transaction.mac ? verifications[place] : nil
    }

    /// Forgets a transaction, so that its next copy is decided anew.
    mutating func forget(_ mac: UInt64) {
        guard !entries.isEmpty else { return }
        let base = Self.base(mac)
        for i in base..<(base &+ Self.ways) where entries[i].mac == mac { entries[i] = RememberedTransaction() }
    }

    private static func base(_ mac: UInt64) -> Int { Int(truncatingIfNeeded: mac) & (capacity &- ways) }

    /// Keeps the header fields of a signature; returns where.
    mutating func keep(_ writer: borrowing ByteWriter, from start: Int, count: Int) -> UInt64 {
        if store.isEmpty { store = [UInt8](repeating: 0, count: Self.storeSize) }
        let text = writer.span
        let size = UInt64(Self.storeSize)
        if written % size &+ UInt64(count) > size { written &+= size &- written % size }
        let place = written
        let offset = Int(truncatingIfNeeded: place % size)
        for i in 0..<count { store[offset &+ i] = text[start &+ i] }
        written &+= UInt64(count)
        return place
    }

    /// Writes what was signed for a transaction; false if it was overwritten since.
    func putSignature(of transaction: RememberedTransaction, into text: inout ByteWriter) -> Bool {
        guard transaction.signatureLength > 0, written &- transaction.signatureStart <= UInt64(Self.storeSize) else {
            return false
        }
        let offset = Int(truncatingIfNeeded: transaction.signatureStart % UInt64(Self.storeSize))
        text.put(store.span, from: offset, count: Int(transaction.signatureLength))
        return true
    }
}
