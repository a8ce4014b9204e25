// SPDX-License-Identifier: Apache-2.0

import Proxy
import SIP
import Synchronization

/// The health of every target by its address, so that what is known of one outlasts a reload. For the control plane: threads
/// find it in their snapshot.
final class HealthBoard: Sendable {
    private let known = Mutex<[TransportAddress: TargetHealth]>([:])
    private let isNew: @Sendable () -> UInt32

    /// A board; `firstProbe` gives the number before that of a new target's first probe. Random, as another start shall not
    /// repeat the branches of this one.
    init(firstProbe: @escaping @Sendable () -> UInt32 = { .random(in: 0 ..< .max) }) { isNew = firstProbe }

    /// Fills in the health of the targets. Whoever makes parts with other targets calls it before a snapshot of them; what is no
    /// target any more is forgotten.
    func assign(to parts: inout Snapshot.Parts) {
        let addresses = parts.targets.map(\.address)
        let probed = Set(parts.targets.filter { parts.peers[$0.peer].probeInterval > 0 }.map(\.address))
        parts.health = known.withLock { known in
            known = known.filter { addresses.contains($0.key) }
            return addresses.map { address in
                let health = known[address] ?? TargetHealth(isProbed: probed.contains(address), lastProbe: isNew())
                health.setProbed(probed.contains(address))
                known[address] = health
                return health
            }
        }
    }
}
