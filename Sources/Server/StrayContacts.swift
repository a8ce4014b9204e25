// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Proxy
import SIP
import Synchronization

/// The addresses that requests within dialogs asked for in vain: each is told to the operator once an hour, with what to
/// write into the configuration if it is to be reached. A bounded number of them, as a peer names what it likes.
final class StrayContacts: Sendable {
    private struct Told {
        var hour: Int64 = .min
        var contacts: Set<TransportAddress> = []
    }

    private static let maximumAnHour = 64
    private let told = Mutex(Told())
    private let report: @Sendable (String) -> Void

    /// `report` gets the lines, on a thread that may wait.
    init(report: @escaping @Sendable (String) -> Void = { operatorLog.warning("\($0)") }) { self.report = report }

    /// Takes note of an address, at a time in Unix seconds.
    func note(_ contact: StrayContact, at seconds: Int64, snapshot: Snapshot) {
        guard isNew(contact.address, hour: seconds / 3600), snapshot.peers.indices.contains(contact.peer) else { return }
        let peer = snapshot.peers[contact.peer].name, address = contact.address
        let line =
            "requests within dialogs ask for \(address) of \(peer), which is neither a target of it nor among its contacts, and go"
            + " where the dialog began; to let them reach it: peers: \(peer): contacts: [\(address.ipDescription)]"
        DispatchQueue.global(qos: .utility).async { [report] in report(line) }
    }

    private func isNew(_ address: TransportAddress, hour: Int64) -> Bool {
        told.withLock { told in
            if told.hour != hour { told = Told(hour: hour) }
            guard told.contacts.count < Self.maximumAnHour else { return false }
            return told.contacts.insert(address).inserted
        }
    }
}
