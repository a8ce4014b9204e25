// SPDX-License-Identifier: Apache-2.0
//
// The addresses of the hosts that certificates are fetched from. The system's resolver blocks its thread for as long as a
// name server keeps silent, which may be much longer than a download may take, and whoever calls may name such servers. So
// there are threads for nothing else, one for each name however many wait for it, some of them only for hosts that are known
// to be good; the others are shared by peers and their sources as downloads are, and for as long as the resolver takes.

import Foundation
import NIOPosix
import SIP
import Synchronization

final class HostResolver: Sendable {
    /// What a name comes to.
    enum Answer: Sendable, Equatable {
        /// None where the name does not exist.
        case addresses([TransportAddress])
        /// The resolver could not say.
        case noAnswer
        /// Too many names are being looked up.
        case busy
    }

    private struct Query {
        let isKnown: Bool
        let asker: FetchAsker?
        var waiting: [CheckedContinuation<Answer, Never>]
    }

    static let shared = HostResolver(threads: 48, forStrangers: 36)

    private struct State {
        var queries: [String: Query] = [:]
        var shares: FetchShares
    }

    private let state: Mutex<State>
    private let pool: NIOThreadPool
    private let threads: Int
    private let forStrangers: Int
    private let lookUp: @Sendable (String) -> [TransportAddress]?

    /// So many threads, and how many of them hosts may use that are not known; `lookUp` blocks until it has the addresses of
    /// a name, or nil where it cannot say.
    init(
        threads: Int, forStrangers: Int,
        lookUp: @escaping @Sendable (String) -> [TransportAddress]? = HostResolver.systemAddresses
    ) {
        self.threads = threads
        self.forStrangers = forStrangers
        self.lookUp = lookUp
        state = Mutex(State(shares: FetchShares(maximumPerPeer: max(1, forStrangers * 3 / 4))))
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// The addresses of a name, for whoever asked for it; nil: nobody whose share counts. Does not end before the resolver
    /// does: who cannot wait so long must not.
    func addresses(of name: String, isKnown: Bool, for asker: FetchAsker? = nil) async -> Answer {
        // A number needs nobody's answer.
        if let address = TransportAddress(name) { return .addresses([address]) }
        return await withCheckedContinuation { continuation in
            enum Step { case start, wait, refuse }
            let step = state.withLock { state -> Step in
                if state.queries[name] != nil {
                    state.queries[name]?.waiting.append(continuation)
                    return .wait
                }
                let strangers = isKnown ? 0 : state.queries.values.count { !$0.isKnown }
                let asker = isKnown ? nil : asker
                guard state.queries.count < threads, strangers < forStrangers,
                    asker.map({ state.shares.hasRoom(for: $0) }) != false
                else { return .refuse }
                state.queries[name] = Query(isKnown: isKnown, asker: asker, waiting: [continuation])
                if let asker { state.shares.begin(asker) }
                return .start
            }
            switch step {
            case .wait: break
            case .refuse: continuation.resume(returning: .busy)
            case .start: pool.submit { [self] _ in finish(name, lookUp(name).map(Answer.addresses) ?? .noAnswer) }
            }
        }
    }

    private func finish(_ name: String, _ answer: Answer) {
        let waiting = state.withLock { state in
            let query = state.queries.removeValue(forKey: name)
            if let asker = query?.asker { state.shares.end(asker) }
            return query?.waiting ?? []
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }

    /// Whether an error of `getaddrinfo` says that there is no such name. It says so too where it could open neither the
    /// file of hosts nor a socket, so that whatever was missing meanwhile makes it say nothing.
    static func doesNotExist(_ result: Int32, _ systemError: Int32) -> Bool {
        // EAI_NODATA and EAI_ADDRFAMILY of glibc, which are names of GNU only: the name is there without an address.
        guard [EAI_NONAME, -5, -9].contains(result) else { return false }
        switch systemError {
        case EMFILE, ENFILE, ENOMEM, ENOBUFS: return false
        default: return hasDescriptors()
        }
    }

    /// Whether a file can be opened.
    static func hasDescriptors() -> Bool {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }

    /// What the system's resolver says: none where the name does not exist; nil: it could not say.
    static func systemAddresses(of name: String) -> [TransportAddress]? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        errno = 0
        let result = getaddrinfo(name, nil, &hints, &list)
        guard result == 0 else { return doesNotExist(result, errno) ? [] : nil }
        defer { freeaddrinfo(list) }
        var addresses: [TransportAddress] = []
        var entry = list
        while let info = entry?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(info.ai_addr, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                let literal = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                // A scope (fe80::1%eth0) is no public address; without an address that is read it is not connected to.
                addresses.append(TransportAddress(literal) ?? .none)
            }
            entry = info.ai_next
        }
        return addresses
    }
}
