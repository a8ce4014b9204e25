// SPDX-License-Identifier: Apache-2.0
//
// The two ends of a call: the carrier and the PBX are both user agents (RFC 3261 §6). A thread takes what comes in; requests
// are answered at once, responses are kept for whoever waits for them.

import Foundation
import Net
import SIP
import Synchronization

/// A SIP user agent with a UDP socket of its own on loopback, which answers every call.
final class UserAgent: Sendable {
    private struct State {
        var invites: [String: SIPText] = [:]
        var responses: [String: [SIPText]] = [:]
        var acknowledged: Set<String> = []
        var hungUp: Set<String> = []
        var thread: OSThread?
    }

    static let loopback = TransportAddress(ipv4: 0x7F00_0001, port: 0)
    private static let pollMilliseconds: Int32 = 20
    private static let retransmission = Duration.milliseconds(500)

    let name: String
    private let socket: UDPSocket
    private let state = Mutex(State())
    private let isStopped = Atomic<Bool>(false)

    /// Opens a socket at a port that the kernel chooses, and listens.
    init(name: String) throws(SystemError) {
        self.name = name
        socket = try UDPSocket(binding: Self.loopback)
        let thread = try OSThread(name: name) { [self] in listen() }
        state.withLock { $0.thread = thread }
    }

    var address: TransportAddress { socket.address }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        state.withLock { $0.thread }?.join()
    }

    /// The INVITE of a call as it arrived here; nil: it did not.
    func invite(ofCall callID: String) -> SIPText? { state.withLock { $0.invites[callID] } }

    /// Whether the answer to a call was acknowledged and the caller hung up.
    func isOver(_ callID: String) -> Bool {
        state.withLock { $0.acknowledged.contains(callID) && $0.hungUp.contains(callID) }
    }

    // MARK: - Sending

    func send(_ message: SIPText, to destination: TransportAddress) {
        let bytes = message.bytes
        var writer = ByteWriter(capacity: bytes.count)
        writer.put(bytes)
        // What the kernel does not take is as good as lost on the way: the sender sends again.
        _ = socket.send(writer, to: destination)
    }

    /// Sends a request until something comes back, and returns the final response (RFC 3261 §17.1); nil: none came.
    func request(_ request: SIPText, to destination: TransportAddress, before deadline: Deadline) async -> SIPText? {
        let key = Self.key(request)
        repeat {
            send(request, to: destination)
            let next = deadline.within(Self.retransmission)
            if await next.wait(for: { self.responses(key).first }) != nil { break }
        } while !deadline.hasPassed
        return await deadline.wait { self.responses(key).first { $0.status ?? 0 >= 200 } }
    }

    /// Whether an OPTIONS (RFC 3261 §11) that is sent straight to somebody is answered.
    func reaches(_ destination: TransportAddress, before deadline: Deadline) async -> Bool {
        var request = SIPText(startLine: "OPTIONS sip:\(destination) SIP/2.0")
        request.add("Via", via())
        request.add("Max-Forwards", "70")
        request.add("From", "\(contact);tag=\(Self.random(4))")
        request.add("To", "<sip:\(destination)>")
        request.add("Call-ID", "\(Self.random(12))@\(address.ipDescription)")
        request.add("CSeq", "1 OPTIONS")
        return await self.request(request, to: destination, before: deadline) != nil
    }

    /// A Via for a new transaction.
    func via() -> String { "SIP/2.0/UDP \(address);branch=z9hG4bK\(Self.random(8));rport" }

    var contact: String { "<sip:\(name)@\(address)>" }

    /// So many random bytes in hex.
    static func random(_ count: Int) -> String {
        (0..<count).map { _ in String(UInt8.random(in: 0x10...0xFF), radix: 16) }.joined()
    }

    private func responses(_ key: String) -> [SIPText] { state.withLock { $0.responses[key] ?? [] } }

    /// What a request and its responses have in common.
    private static func key(_ message: SIPText) -> String { "\(message.callID) \(message.value("CSeq"))" }

    // MARK: - Receiving

    private func listen() {
        let batch = ReceiveBatch()
        while !isStopped.load(ordering: .relaxed) {
            var watched = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&watched, 1, Self.pollMilliseconds) > 0 else { continue }
            for i in 0..<batch.receive(from: socket) {
                guard let message = SIPText(Self.bytes(batch.datagram(i))) else { continue }
                if message.status == nil {
                    take(request: message, from: batch.source(i))
                } else {
                    state.withLock { $0.responses[Self.key(message), default: []].append(message) }
                }
            }
        }
    }

    private static func bytes(_ datagram: Datagram) -> [UInt8] {
        let span = datagram.span
        var bytes: [UInt8] = []
        for i in 0..<datagram.count { bytes.append(span[i]) }
        return bytes
    }

    private func take(request: SIPText, from source: TransportAddress) {
        switch request.method {
        case "INVITE":
            state.withLock { $0.invites[request.callID] = request }
            for answer in ["100 Trying", "180 Ringing", "200 OK"] { respond(answer, to: request, at: source) }
        case "ACK": state.withLock { _ = $0.acknowledged.insert(request.callID) }
        case "BYE":
            state.withLock { _ = $0.hungUp.insert(request.callID) }
            respond("200 OK", to: request, at: source)
        default: respond("200 OK", to: request, at: source)
        }
    }

    /// RFC 3261 §8.2.6. The tag is the same for every copy of a request, so that it need not be remembered.
    private func respond(_ answer: String, to request: SIPText, at source: TransportAddress) {
        var response = SIPText(startLine: "SIP/2.0 \(answer)")
        for name in ["Via", "Record-Route", "From"] { response.copy(name, from: request) }
        let to = request.value("To")
        let hasTag = answer.hasPrefix("100") || to.contains(";tag=")
        response.add("To", hasTag ? to : "\(to);tag=\(name)-\(request.callID.prefix(8))")
        for name in ["Call-ID", "CSeq"] { response.copy(name, from: request) }
        response.add("Contact", contact)
        send(response, to: source)
    }
}
