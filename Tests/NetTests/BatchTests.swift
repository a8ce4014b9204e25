// SPDX-License-Identifier: Apache-2.0

import Net
import SIP
import Testing

@Suite("ReceiveBatch and SendBatch over loopback")
struct BatchTests {
    typealias Family = Loopback.Family

    @Test("RFC 768: datagrams from nothing to 65,507 bytes arrive as they were sent", arguments: Family.available)
    func sizes(_ family: Family) throws {
        let loopback = try Loopback(family)
        let batch = SendBatch(socket: loopback.near)
        for size in [0, 1, 4, 1300, 4096, 65_507] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            batch.stage(copying: writer(bytes), to: loopback.far.address)
            batch.flush()
            #expect(loopback.receive(1) == [Loopback.Received(bytes: bytes, source: loopback.near.address)])
        }
        #expect(batch.failures == 0)
    }

    @Test("more datagrams than a batch holds arrive, in order, each with its source", arguments: Family.available)
    func manyDatagrams(_ family: Family) throws {
        let loopback = try Loopback(family)
        let batch = SendBatch(socket: loopback.near)
        for i in 0..<150 { batch.stage(copying: writer([UInt8(i), 0xFF]), to: loopback.far.address) }
        batch.flush()
        let received = loopback.receive(150)
        #expect(received.map(\.bytes) == (0..<150).map { [UInt8($0), 0xFF] })
        #expect(received.count == 150 && received.allSatisfy { $0.source == loopback.near.address })
        #expect(batch.failures == 0)
    }

    @Test("a batch takes 64 datagrams at most and leaves the rest for the next call", arguments: Family.available)
    func capacity(_ family: Family) throws {
        let loopback = try Loopback(family)
        let sender = SendBatch(socket: loopback.near)
        for i in 0..<70 { sender.stage(copying: writer([UInt8(i)]), to: loopback.far.address) }
        sender.flush()
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
        var datagram = batch.datagram(0), edits = MessageEdits(textCapacity: 1024)
        edits.open(at: 0, removing: 1)
        edits.text.put([UInt8](repeating: 9, count: ReceiveBatch.headroom + 1))
        edits.close()
        let isDone = datagram.apply(edits)
        sender.stage(datagram, to: second.far.address)
        sender.flush()
        #expect(isDone && second.receive(1).first?.bytes == [UInt8](repeating: 9, count: 513) + [5, 6])
    }

    @Test("copies beyond the batch's memory are sent in between", arguments: Family.available)
    func copySpace(_ family: Family) throws {
        let receivers = try (0..<13).map { _ in try Loopback(family) }
        let sender = try UDPSocket(binding: family.address)
        let batch = SendBatch(socket: sender)
        // Five of these fit, so that the batch has to flush twice by itself.
        let large = [UInt8](repeating: 3, count: 50_000)
        for (i, receiver) in receivers.enumerated() {
            batch.stage(copying: writer(large + [UInt8(i)]), to: receiver.far.address)
        }
        batch.flush()
        for (i, receiver) in receivers.enumerated() { #expect(receiver.receive(1).first?.bytes == large + [UInt8(i)]) }
        #expect(batch.failures == 0)
    }

    @Test("a datagram that fits no copy space is a failure")
    func beyondCopySpace() throws {
        let loopback = try Loopback(.ipv4)
        let batch = SendBatch(socket: loopback.near)
        batch.stage(copying: writer([UInt8](repeating: 1, count: 300_000)), to: loopback.far.address)
        batch.stage(copying: writer([1]), to: loopback.far.address)
        batch.flush()
        #expect(batch.failures == 1 && loopback.receive(1).map(\.bytes) == [[1]])
    }

    @Test("what cannot be sent is counted and passed over: another family, port 0, too large", arguments: Family.available)
    func failures(_ family: Family) throws {
        let loopback = try Loopback(family)
        let batch = SendBatch(socket: loopback.near)
        let otherFamily = (family == .ipv4 ? Family.ipv6 : .ipv4).address.with(port: 5060)
        let target = loopback.far.address
        batch.stage(copying: writer([1]), to: target)
        batch.stage(copying: writer([2]), to: otherFamily)
        batch.stage(copying: writer([3]), to: target.with(port: 0))
        batch.stage(copying: writer([4]), to: target)
        batch.stage(copying: writer([UInt8](repeating: 5, count: 66_000)), to: target)
        batch.stage(copying: writer([6]), to: target)
        #expect(batch.failures == 1, "the other family is known at once")
        batch.flush()
        #expect(loopback.receive(3).map(\.bytes) == [[1], [4], [6]])
        #expect(batch.failures == 3)
        batch.failures = 0
        batch.flush()
        #expect(batch.failures == 0)
    }

    @Test("an empty socket brings nothing, an empty batch sends nothing")
    func nothing() throws {
        let loopback = try Loopback(.ipv4)
        let batch = ReceiveBatch(), sender = SendBatch(socket: loopback.near)
        #expect(batch.receive(from: loopback.near) == 0 && batch.count == 0)
        sender.flush()
        #expect(sender.failures == 0)
    }
}
