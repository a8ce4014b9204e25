// SPDX-License-Identifier: Apache-2.0

import Credentials
import Net
import STIR
import Synchronization

/// A certificate, or why there is none, on its way from the fetcher into the cache of each screener.
struct CertificateDelivery: Sendable {
    let url: [UInt8]
    let entry: CredentialLookup
    /// Unix seconds until which it counts.
    let expires: Int64
    /// How often the screener tells that calls need it, seconds; never where that is of no interest.
    var noteUseEvery = Int64.max
}

/// What comes to a screener by mail.
enum Mail: Sendable {
    case certificate(CertificateDelivery)
    /// The table of the key at that URL; nil: it is given up.
    case table(VerificationTable?, url: [UInt8])
}

/// Deliveries for one screener. The screener looks at a flag and locks only where there is something.
final class CertificateMailbox: Sendable {
    private let hasMail = Atomic<Bool>(false)
    private let isOutdated = Atomic<Bool>(false)
    private let deliveries = Mutex<[Mail]>([])
    private let wakeup: Wakeup

    init(wakeup: Wakeup) { self.wakeup = wakeup }

    func put(_ mail: Mail) {
        deliveries.withLock { $0.append(mail) }
        hasMail.store(true, ordering: .releasing)
        wakeup.ring()
    }

    /// Lets the screener forget what it knows before it takes what comes after this.
    func forgetAll() {
        deliveries.withLock { $0.removeAll() }
        isOutdated.store(true, ordering: .releasing)
        wakeup.ring()
    }

    /// Whether that was asked for since the last look.
    func takeOutdated() -> Bool {
        isOutdated.load(ordering: .relaxed) && isOutdated.exchange(false, ordering: .acquiring)
    }

    func take() -> [Mail] {
        guard hasMail.load(ordering: .relaxed), hasMail.exchange(false, ordering: .acquiring) else { return [] }
        return deliveries.withLock { waiting in
            let taken = waiting
            waiting.removeAll()
            return taken
        }
    }
}
