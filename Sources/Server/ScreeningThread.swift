// SPDX-License-Identifier: Apache-2.0
//
// The thread that decides what a relay handed over, where there is more than one core; it never waits for anything but work.

import Net

enum ScreeningThread {
    /// Runs until the stop flag is set, everything handed over is decided, and no call waits for a certificate any more.
    static func run(_ context: ScreeningContext, inlet: ScreenerInlet) {
        do {
            let loop = try EventLoop(wakeup: inlet.wakeup)
            let screening = try Screening(context)
            while true {
                let isStopping = context.isStopping.isSet
                work(screening, inlet.ring)
                if isStopping, inlet.ring.isEmpty, screening.isIdle { break }
                if inlet.prepareToSleep() { loop.wait(milliseconds: screening.patience) { _, _ in } }
                inlet.awoke()
            }
            screening.finish()
        } catch {
            operatorLog.critical("a screener cannot run: \(error)")
        }
    }

    /// Decides a batch of what is in the ring.
    private static func work(_ screening: Screening, _ ring: DatagramRing) {
        screening.tend()
        screening.pressure = ring.pressure
        var taken = 0
        while let (entry, datagram) = ring.next() {
            var datagram = datagram
            screening.decide(&datagram, entry)
            taken += 1
            if taken == ReceiveBatch.capacity { break }
        }
        screening.flush()
        ring.release()
    }
}
