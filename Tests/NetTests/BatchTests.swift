// SPDX-License-Identifier: Apache-2.0

import Net
import SIP
import Testing

@Suite("ReceiveBatch and SendBatch over loopback")
struct BatchTests {
    typealias Family = Loopback.Family

    /// What a flush said, by account.
    private struct Flushed: Equatable {
        var sent: [Int] = []
        var failed: [Int] = []

        static func += (left: inout Flushed, right: Flushed) {
            left.sent += right.sent
            left.failed += right.failed
        }
    }

    private func flush(_ batch: SendBatch) -> Flushed {
        var flushed = Flushed()
        batch.flush { account, isSent in
            if isSent { flushed.sent.append(account) } else { flushed.failed.append(account) }
        }
        return flushed
    }

    @Test("RFC 768: datagrams from nothing to 65,507 bytes arrive as they were sent", arguments: Family.available)
    func sizes(_ family: Family) throws {
        let loopback = try Loopback(family)
        let batch = SendBatch(socket: loopback.near)
        for size in [0, 1, 4, 1300, 4096, 65_507] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            batch.stage(copying: writer(bytes), to: loopback.far.address, account: size)
            #expect(flush(batch) == Flushed(sent: [size]))
            #expect(loopback.receive(1) == [Loopback.Received(bytes: bytes, source: loopback.near.address)])
        }
    }

    @Test("more datagrams than a batch holds arrive, in order, each with its source", arguments: Family.available)
    func manyDatagrams(_ family: Family) throws {
        let loopback = try Loopback(family)
        let batch = SendBatch(socket: loopback.near)
        var flushed = Flushed()
        for i in 0..<150 {
            if !batch.hasRoom(copying: 2) { flushed += flush(batch) }
            batch.stage(copying: writer([UInt8(i), 0xFF]), to: loopback.far.address, account: i)
        }
        flushed += flush(batch)
        let received = loopback.receive(150)
        #expect(received.map(\.bytes) == (0..<150).map { [UInt8($0), 0xFF] })
        #expect(received.count == 150 && received.allSatisfy { $0.source == loopback.near.address })
        #expect(flushed == Flushed(sent: Array(0..<150)))
    }

    @Test("a batch takes 64 datagrams at most and leaves the rest for the next call", arguments: Family.available)
    func capacity(_ family: Family) throws {
        let loopback = try Loopback(family)
        let sender = SendBatch(socket: loopback.near)
        for i in 0..<70 {
            if i == 64 { #expect(!sender.hasRoom() && flush(sender).sent.count == 64) }
            sender.stage(copying: writer([UInt8(i)]), to: loopback.far.address, account: i)
        }
        #expect(flush(sender).sent.count == 6)
        let batch = ReceiveBatch()
        let counts = [batch.receive(from: loopback.far), batch.receive(from: loopback.far), batch.receive(from: loopback.far)]
        #expect(counts == [64, 6, 0] && batch.count == 0 && ReceiveBatch.capacity == 64)
    }

    @Test("each datagram has the address of its own sender", arguments: Family.available)
    func sources(_ family: Family) throws {
        let loopback = try Loopback(family)
        let senders = try (0..<10).map { _ in try UDPSocket(binding: family.address) }
        for (i, sender) in senders.enumerated() {
            let isSent = sender.send(writer([UInt8(i)]), to: loopback.far.address)
            #expect(isSent)
        }
        let received = loopback.receive(10)
        #expect(
            received == senders.enumerated().map { Loopback.Received(bytes: [UInt8($0.offset)], source: $0.element.address) })
    }

    @Test("a received datagram grows into its headroom and goes out from where it stands", arguments: Family.available)
    func forwarding(_ family: Family) throws {
        let (first, second) = (try Loopback(family), try Loopback(family))
        let isSent = first.near.send(writer([4, 5, 6]), to: first.far.address)
        let batch = ReceiveBatch(), sender = SendBatch(socket: second.near)
        #expect(isSent && batch.receive(from: first.far) == 1)
        var datagram = batch.datagram(0), edits = MessageEdits(textCapacity: 8192)
        edits.open(at: 0, removing: 1)
        edits.text.put([UInt8](repeating: 9, count: ReceiveBatch.headroom + 1))
        edits.close()
        let isDone = datagram.apply(edits)
        sender.stage(datagram, to: second.far.address, account: 1)
        #expect(flush(sender) == Flushed(sent: [1]))
        #expect(isDone && second.receive(1).first?.bytes == [UInt8](repeating: 9, count: ReceiveBatch.headroom + 1) + [5, 6])
    }

    @Test("copies have their own room: what does not fit is asked for before", arguments: Family.available)
    func copySpace(_ family: Family) throws {
        let receivers = try (0..<13).map { _ in try Loopback(family) }
        let batch = SendBatch(socket: try UDPSocket(binding: family.address))
        let large = [UInt8](repeating: 3, count: 50_000)
        var flushed = Flushed(), flushes = 0
        for (i, receiver) in receivers.enumerated() {
            if !batch.hasRoom(copying: large.count + 1) {
                flushed += flush(batch)
                flushes += 1
            }
            batch.stage(copying: writer(large + [UInt8(i)]), to: receiver.far.address, account: i)
        }
        flushed += flush(batch)
        for (i, receiver) in receivers.enumerated() { #expect(receiver.receive(1).first?.bytes == large + [UInt8(i)]) }
        #expect(flushed == Flushed(sent: Array(0..<13)) && flushes == 2, "five fit at a time")
    }

    @Test("what has no room is a failure, and overwrites nothing")
    func noRoom() throws {
        let loopback = try Loopback(.ipv4)
        let batch = SendBatch(socket: loopback.near)
        batch.stage(copying: writer([UInt8](repeating: 1, count: 300_000)), to: loopback.far.address, account: 7)
        for i in 0..<66 { batch.stage(copying: writer([UInt8(i)]), to: loopback.far.address, account: 100 + i) }
        #expect(flush(batch) == Flushed(sent: Array(100..<164), failed: [7, 164, 165]))
        #expect(loopback.receive(64).map(\.bytes) == (0..<64).map { [UInt8($0)] })
    }

    @Test("what cannot be sent is told and passed over: another family, port 0, too large", arguments: Family.available)
    func failures(_ family: Family) throws {
        let loopback = try Loopback(family)
        let batch = SendBatch(socket: loopback.near)
        let otherFamily = (family == .ipv4 ? Family.ipv6 : .ipv4).address.with(port: 5060)
        let target = loopback.far.address
        batch.stage(copying: writer([1]), to: target, account: 1)
        batch.stage(copying: writer([2]), to: otherFamily, account: 2)
        batch.stage(copying: writer([3]), to: target.with(port: 0), account: 3)
        batch.stage(copying: writer([4]), to: target, account: 4)
        batch.stage(copying: writer([UInt8](repeating: 5, count: 66_000)), to: target, account: 5)
        batch.stage(copying: writer([6]), to: target, account: 6)
        #expect(flush(batch) == Flushed(sent: [1, 4, 6], failed: [3, 5, 2]))
        #expect(loopback.receive(3).map(\.bytes) == [[1], [4], [6]])
        #expect(flush(batch) == Flushed())
    }

    @Test("an empty socket brings nothing, an empty batch sends nothing")
    func nothing() throws {
        let loopback = try Loopback(.ipv4)
        let batch = ReceiveBatch(), sender = SendBatch(socket: loopback.near)
        #expect(batch.receive(from: loopback.near) == 0 && batch.count == 0)
        #expect(flush(sender) == Flushed())
    }
}
