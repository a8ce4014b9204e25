// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import Net
import STIR
import Testing

@testable import Server

/// Tables are made for who asks, in bounded number, and taken away again.
@Suite struct VerificationTablesTests {
    private struct Stage {
        let mailboxes: [CertificateMailbox]
        let tables: VerificationTables

        init(limit: Int) throws {
            mailboxes = try (0..<2).map { _ in CertificateMailbox(wakeup: try Wakeup()) }
            tables = try VerificationTables(limit: limit, mailboxes: mailboxes)
            try tables.start()
        }

        /// The next table that comes, within a minute; nil: it was taken away.
        func next(at mailbox: Int) throws -> (table: VerificationTable?, url: String) {
            let deadline = Date().addingTimeInterval(60)
            while Date() < deadline {
                for mail in mailboxes[mailbox].take() {
                    if case .table(let table, let url) = mail { return (table, String(decoding: url, as: UTF8.self)) }
                }
                usleep(1000)
            }
            throw CancellationError()
        }
    }

    private func key(_ url: String, _ key: PrivateKey) -> HotKey {
        HotKey(url: Array(url.utf8), publicKey: key.publicKey)
    }

    @Test("who asks gets a table of that key; the second one that asks gets the same")
    func shared() throws {
        let stage = try Stage(limit: 4), signer = try PrivateKey.generate()
        defer { stage.tables.stop() }
        stage.tables.want([key("https://h/a", signer)], mailbox: 0)
        let first = try stage.next(at: 0)
        #expect(first.url == "https://h/a" && first.table?.publicKey == signer.publicKey)
        stage.tables.want([key("https://h/b", signer)], mailbox: 1)
        let second = try stage.next(at: 1)
        #expect(second.table === first.table && second.url == "https://h/b" && stage.tables.count == 1)
    }

    @Test("there are no more than the limit; a lower one takes away, and off is none")
    func bounded() throws {
        let stage = try Stage(limit: 2), signers = try (0..<3).map { _ in try PrivateKey.generate() }
        defer { stage.tables.stop() }
        for (number, signer) in signers.enumerated() { stage.tables.want([key("https://h/\(number)", signer)], mailbox: 0) }
        #expect(try stage.next(at: 0).table != nil)
        // What was asked for a moment ago does not give way: the third goes without.
        stage.tables.want([key("https://h/again", signers[1])], mailbox: 1)
        #expect(try stage.next(at: 1).url == "https://h/again")
        #expect(stage.tables.count == 2)
        stage.tables.apply(limit: 0)
        #expect(stage.tables.count == 0)
        let gone = try stage.next(at: 1)
        #expect(gone.table == nil && gone.url == "https://h/again")
        stage.tables.want([key("https://h/0", signers[0])], mailbox: 0)
        stage.tables.apply(limit: 1)
        stage.tables.want([key("https://h/1", signers[1])], mailbox: 1)
        #expect(try stage.next(at: 1).table?.publicKey == signers[1].publicKey)
    }
}
