// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@testable import Proxy

@Suite("What a screener remembers of a transaction")
struct TransactionMemoryTests {
    /// Four of these share a row.
    private func transaction(_ number: UInt64) -> RememberedTransaction {
        var transaction = RememberedTransaction()
        transaction.mac = 4 | number << 32
        transaction.state = .forwarded
        transaction.decidedAt = 1000
        return transaction
    }

    @Test("what verification said is given back for its own transaction, and until that is forgotten")
    func kept() throws {
        var memory = TransactionMemory(), said = CallVerification()
        said.settle(.unavailable, nil)
        memory.remember(transaction(1), said)
        let found = memory.recall(transaction(1).mac, at: 1001), recalled = try #require(found)
        let own = memory.verification(of: recalled), others = memory.verification(of: transaction(2))
        #expect(own?.verstat == .unavailable && others == nil)
        memory.forget(transaction(1).mac)
        let forgotten = memory.verification(of: recalled)
        #expect(forgotten == nil)
    }

    @Test("a copy that was not verified, as after a reload without stir.verify, gets no verdict that lay at its place")
    func notVerified() throws {
        var memory = TransactionMemory(), other = CallVerification()
        other.settle(.passed, nil)
        memory.remember(transaction(1), other)
        memory.remember(transaction(2), CallVerification())
        let found = memory.recall(transaction(2).mac, at: 1001), recalled = try #require(found)
        memory.forget(transaction(1).mac)
        // Into the place that is free now, where the verdict on another call was.
        memory.remember(recalled)
        let copy = memory.recall(transaction(2).mac, at: 1001), again = try #require(copy)
        let verdict = memory.verification(of: again)
        #expect(verdict?.verstat != .passed)
    }
}
