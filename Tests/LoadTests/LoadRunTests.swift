// SPDX-License-Identifier: Apache-2.0

import Net
import SIP
import Synchronization
import Testing

@testable import Load

/// Something between the two sides: a proxy that adds nothing, or one that loses and delays.
final class Between: Sendable {
    let socket: UDPSocket
    private let thread: OSThread
    private let isStopping: Box

    final class Box: Sendable { let value = Atomic(false) }

    /// Sends what comes on to where `destination` says; nil: nowhere. Says nothing itself.
    init(
        copies: Int = 1,
        rewriting rewritten: @escaping @Sendable (String) -> String? = { _ in nil },
        _ destination: @escaping @Sendable (_ bytes: [UInt8], _ source: TransportAddress) -> TransportAddress?
    ) throws {
        let socket = try UDPSocket(binding: TransportAddress(ipv4: 0x7F00_0001, port: 0)), isStopping = Box()
        self.socket = socket
        self.isStopping = isStopping
        thread = try OSThread(name: "between") {
            let batch = ReceiveBatch(), pause = Pause([socket])
            while !isStopping.value.load(ordering: .relaxed) {
                let count = batch.receive(from: socket)
                for i in 0..<count {
                    let datagram = batch.datagram(i)
                    var message = ByteWriter(capacity: 65_536)
                    message.put(datagram.span, from: 0, count: datagram.count)
                    if let text = rewritten(String(decoding: message.array, as: UTF8.self)) {
                        message.reset()
                        message.put(Array(text.utf8))
                    }
                    guard let next = destination(message.array, batch.source(i)) else { continue }
                    for _ in 0..<copies { _ = socket.send(message, to: next) }
                }
                if count == 0 { _ = pause.wait(nanoseconds: 10_000_000) }
            }
        }
    }

    deinit {
        isStopping.value.store(true, ordering: .relaxed)
        thread.join()
    }
}

@Suite("LoadRun: calls through something, counted to the last", .serialized)
struct LoadRunTests {
    private static func settings(_ profile: String, target: TransportAddress) throws -> LoadSettings {
        var settings = LoadSettings(target: target, profile: try #require(LoadProfile(profile)))
        settings.answer = TransportAddress(ipv4: 0x7F00_0001, port: 0)
        settings.patience = 20
        return settings
    }

    /// A run without anything between: the answering side is the target.
    private static func direct(_ profile: String, _ change: (inout LoadSettings) -> Void = { _ in }) throws -> LoadReport {
        var settings = try settings(profile, target: TransportAddress(ipv4: 0x7F00_0001, port: 0))
        change(&settings)
        return try LoadRun(settings).run { _ in }
    }

    @Test("INVITEs alone: what is placed arrives, each once, from several addresses and threads")
    func invites() throws {
        let report = try Self.direct("1s@2000") {
            $0.sources = 3
            $0.threads = 2
        }
        #expect(report.calls.placed == 2000 && report.calls.answered == 2000)
        #expect(report.calls.lost == 0 && report.calls.inFlight == 0 && report.calls.skipped == 0)
        #expect(report.datagrams.sent == 2000 && report.datagrams.received == 2000)
        #expect(report.datagrams.repeatedInvites == 0)
        #expect(report.arrival?.count == 2000 && report.lateness?.count == 2000)
        #expect(report.series.reduce(0) { $0 + $1.sent } == 2000)
        #expect(report.isGood(allowedLoss: 0))
    }

    @Test("whole calls: INVITE, ACK, BYE, and the end of each")
    func wholeCalls() throws {
        let report = try Self.direct("1s@300") {
            $0.flow = .call
            $0.hold = 0.05
            $0.answerCourse.delay = 20_000_000
        }
        #expect(report.calls.placed == 300 && report.calls.answered == 300 && report.calls.lost == 0)
        #expect(report.statuses == ["200": 300])
        #expect(report.datagrams.invites == 300 && report.datagrams.byes == 300)
        #expect(report.datagrams.acknowledgements >= 300)
        // It rang for 20 ms, and no answer came before that.
        #expect((report.answer?.p50 ?? 0) >= 20_000)
    }

    @Test("a refusal is acknowledged and counted by its status")
    func refusals() throws {
        let report = try Self.direct("1s@100") {
            $0.flow = .call
            $0.answerCourse.status = 486
        }
        #expect(report.statuses == ["486": 100] && report.calls.answered == 100)
        #expect(report.kinds.first?.refused == 100 && report.kinds.first?.succeeded == 0)
        #expect(report.datagrams.acknowledgements == 100 + report.datagrams.repeatedAnswers)
        #expect(report.datagrams.byes == 0)
    }

    @Test("what is lost on the way is lost in the counts, and no more")
    func losses() throws {
        let counter = Counter(), pbx = Place()
        let between = try Between { _, _ in counter.next() % 4 == 0 ? nil : pbx.address }
        var settings = try Self.settings("1s@400", target: between.socket.address)
        settings.patience = 2
        let run = try LoadRun(settings)
        pbx.address = run.answerAddress
        let report = try run.run { _ in }
        #expect(report.calls.placed == 400 && report.calls.answered == 300 && report.calls.lost == 100)
        #expect(!report.isGood(allowedLoss: 0.2) && report.isGood(allowedLoss: 0.25))
    }

    @Test("a whole call whose INVITE is lost is sent again after T1, and succeeds")
    func retransmission() throws {
        let first = FirstOfEach(), caller = Place(), pbx = Place()
        // Answers go straight back: the answering side answers to where requests came from, which is this.
        let between = try Between { bytes, source in
            if source == pbx.address { return caller.address }
            caller.address = source
            let text = String(decoding: bytes, as: UTF8.self)
            return text.hasPrefix("INVITE") && first.isFirst(text) ? nil : pbx.address
        }
        var settings = try Self.settings("1s@50", target: between.socket.address)
        settings.flow = .call
        let run = try LoadRun(settings)
        pbx.address = run.answerAddress
        let report = try run.run { _ in }
        #expect(report.calls.answered == 50 && report.calls.lost == 0)
        #expect(report.datagrams.retransmissions >= 50)
        #expect((report.answer?.p50 ?? 0) >= 500_000, "latency counts from when the call was due, not from the last attempt")
    }

    @Test("an answer whose ACK is lost comes again, and is acknowledged again")
    func acknowledgement() throws {
        let first = FirstOfEach(), caller = Place(), pbx = Place()
        let between = try Between { bytes, source in
            if source == pbx.address { return caller.address }
            caller.address = source
            let text = String(decoding: bytes, as: UTF8.self)
            return text.hasPrefix("ACK") && first.isFirst(text) ? nil : pbx.address
        }
        var settings = try Self.settings("500ms@60", target: between.socket.address)
        settings.flow = .call
        settings.hold = 0.8
        let run = try LoadRun(settings)
        pbx.address = run.answerAddress
        let report = try run.run { _ in }
        #expect(report.calls.answered == 30 && report.calls.lost == 0)
        #expect(report.datagrams.repeatedAnswers >= 30)
        #expect(report.datagrams.acknowledgements == 30 + report.datagrams.repeatedAnswers)
    }

    @Test("the answering side alone answers calls as well, and counts them")
    func answering() throws {
        let answering = try AnswerRun(TransportAddress(ipv4: 0x7F00_0001, port: 0), AnswerCourse(), checksVerdicts: true)
        var settings = try Self.settings("500ms@200", target: try #require(TransportAddress(answering.address)))
        settings.answer = nil
        settings.flow = .call
        let report = try LoadRun(settings).run { _ in }
        answering.stop()
        #expect(report.calls.answered == 100 && report.kinds.first?.succeeded == 100 && report.arrival == nil)
        #expect(answering.counts.arrived == 100 && answering.counts.hungUp == 100 && answering.counts.wrongVerdicts == 0)
        #expect(answering.counts.unacknowledged == 0)
    }

    @Test("a run that is stopped says what was cut off, which is not lost")
    func stopped() throws {
        var settings = try Self.settings("100s@50", target: TransportAddress(ipv4: 0x7F00_0001, port: 0))
        settings.answer = settings.target
        settings.flow = .call
        settings.hold = 60
        let run = try LoadRun(settings)
        let report = try run.run { _ in run.stop() }
        #expect(report.calls.placed > 0 && report.calls.placed < 5000 && report.calls.lost == 0)
        #expect(report.calls.inFlight == report.calls.placed && report.seconds < 100)
    }

    @Test("a call that arrives twice though it was sent once is counted once, and is not good")
    func duplicates() throws {
        let pbx = Place()
        let between = try Between(copies: 2) { _, _ in pbx.address }
        let run = try LoadRun(try Self.settings("500ms@100", target: between.socket.address))
        pbx.address = run.answerAddress
        let report = try run.run { _ in }
        #expect(report.calls.answered == 50 && report.calls.lost == 0)
        #expect(report.duplicated == 50 && !report.isGood(allowedLoss: 1))
    }

    @Test("there may be more threads than calls")
    func manyThreads() throws {
        let report = try Self.direct("100ms@20") { $0.threads = 4 }
        #expect(report.calls.placed == 2 && report.calls.answered == 2)
    }

    @Test("garbage is not answered, and that is no loss; what cannot be read does not arrive as a call")
    func garbage() throws {
        let report = try Self.direct("1s@120") {
            $0.mix = CallMix("unsigned=50,garbage=50") ?? .unsigned
        }
        #expect(report.calls.placed == 120 && report.calls.lost == 0)
        #expect(report.calls.answered + report.calls.ignored == 120)
        #expect(report.kinds.first { $0.name == "unsigned" }?.arrived == 60)
    }

    final class Counter: Sendable {
        private let value = Atomic(0)
        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }

    /// An address that is known later.
    final class Place: Sendable {
        private let value = Mutex<TransportAddress?>(nil)
        var address: TransportAddress? {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }

    final class FirstOfEach: Sendable {
        private let seen = Mutex<Set<String>>([])
        func isFirst(_ message: String) -> Bool {
            let callID = message.split(separator: "\r\n").first { $0.hasPrefix("Call-ID") } ?? ""
            return seen.withLock { $0.insert(String(callID)).inserted }
        }
    }
}
