// SPDX-License-Identifier: Apache-2.0

import Proxy
import SIP
import Synchronization
import Testing

@testable import Server

@Suite("Addresses that requests within dialogs asked for in vain")
struct StrayContactsTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        /// The lines once there are `count`, or after a second.
        func wait(for count: Int) async -> [String] {
            for _ in 0..<100 where lines.withLock({ $0.count < count }) { try? await Task.sleep(for: .milliseconds(10)) }
            return lines.withLock { $0.sorted() }
        }
    }

    private let snapshot: Snapshot = {
        var parts = Snapshot.Parts()
        parts.peers = [Peer(name: "pbx", role: .pbx, listener: 0, targets: [], verstatPlace: .off)]
        return Snapshot(parts)
    }()

    private func contact(_ text: String) -> StrayContact {
        StrayContact(address: TransportAddress(text) ?? .none, peer: 0)
    }

    @Test("each is told once an hour, with what to write; no more than a bounded number")
    func told() async {
        let lines = Lines(), strays = StrayContacts { lines.add($0) }
        for second: Int64 in [0, 1, 3599] { strays.note(contact("10.0.0.77:5060"), at: second, snapshot: snapshot) }
        let first = await lines.wait(for: 1)
        #expect(first.count == 1)
        #expect(first.first?.contains("10.0.0.77:5060 of pbx") == true)
        #expect(first.first?.hasSuffix("contacts: [10.0.0.77]") == true)
        strays.note(contact("10.0.0.77:5060"), at: 3600, snapshot: snapshot)
        #expect(await lines.wait(for: 2).count == 2)
        for port in 1...500 { strays.note(contact("10.0.0.78:\(port)"), at: 7200, snapshot: snapshot) }
        #expect(await lines.wait(for: 67).count == 66)
    }
}
