// SPDX-License-Identifier: Apache-2.0
//
// One download of what x5u names. The URL comes from whoever calls, so that everything about it is bounded: time and size
// in all, no redirects, no content encoding, and only addresses that may be connected to – checked on the addresses that
// the name resolves to, of which one is then connected to, so that a second look-up cannot say something else.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import SIP
import Synchronization

/// How a certificate may be downloaded.
struct DownloadLimits: Sendable {
    var timeoutMilliseconds: Int64 = 2000
    var maximumBytes = 65536
    var privateAddressesAllowed = false
}

/// Why there is nothing.
public enum DownloadFailure: Error, Equatable {
    /// No answer in time.
    case timedOut
    /// The name does not resolve, or to an address that may not be connected to.
    case forbiddenAddress
    /// No connection, no TLS, another status than 200, or too much.
    case notFetched
}

/// What was downloaded.
struct Downloaded: Sendable {
    let body: [UInt8]
    /// `max-age` of Cache-Control, seconds.
    let maximumAge: Int64?
}

enum CertificateDownload {
    static func run(_ url: String, limits: DownloadLimits) async -> Result<Downloaded, DownloadFailure> {
        // Whoever is first decides. A task group would wait for the loser, which may hang in a resolver.
        let outcome = FirstOutcome()
        let download = Task { await outcome.settle(attempt(url, limits: limits)) }
        let deadline = Task {
            try? await Task.sleep(for: .milliseconds(limits.timeoutMilliseconds))
            outcome.settle(.failure(.timedOut))
        }
        let result = await outcome.value()
        download.cancel()
        deadline.cancel()
        return result
    }

    /// Resolvers block their thread: threads of their own, so that slow ones hold up nothing else.
    private static let resolvers: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 32)
        pool.start()
        return pool
    }()

    private static func attempt(_ url: String, limits: DownloadLimits) async -> Result<Downloaded, DownloadFailure> {
        guard let host = URLComponents(string: url)?.host, !host.isEmpty else { return .failure(.notFetched) }
        let address: String
        switch await permittedAddress(of: host, limits: limits) {
        case .success(let permitted): address = permitted
        case .failure(let failure): return .failure(failure)
        }
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
        configuration.timeout = .init(
            connect: .milliseconds(limits.timeoutMilliseconds), read: .milliseconds(limits.timeoutMilliseconds))
        configuration.httpVersion = .http1Only
        // A refused connection is an answer; trying again until time is up would hide it.
        configuration.connectionPool.retryConnectionEstablishment = false
        if !host.hasPrefix("["), host != address { configuration.dnsOverride = [host: address] }
        let client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
        let result = await get(url, with: client, limits: limits)
        try? await client.shutdown()
        return result
    }

    private static func get(
        _ url: String, with client: HTTPClient, limits: DownloadLimits
    ) async -> Result<Downloaded, DownloadFailure> {
        do {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "Accept", value: "application/pem-certificate-chain, */*")
            request.headers.add(name: "User-Agent", value: "stirrup")
            let response = try await client.execute(request, timeout: .milliseconds(limits.timeoutMilliseconds))
            guard response.status == .ok else { return .failure(.notFetched) }
            let body = try await response.body.collect(upTo: limits.maximumBytes)
            let cacheControl = response.headers["Cache-Control"].joined(separator: ",")
            return .success(Downloaded(body: Array(body.readableBytesView), maximumAge: maximumAge(cacheControl)))
        } catch let error as HTTPClientError {
            let isTime = [.connectTimeout, .readTimeout, .deadlineExceeded].contains(error)
            return .failure(isTime ? .timedOut : .notFetched)
        } catch {
            return .failure(.notFetched)
        }
    }

    /// `max-age` (RFC 9111 §5.2.2.1); 0 for `no-store` and `no-cache`.
    static func maximumAge(_ cacheControl: String) -> Int64? {
        for directive in cacheControl.lowercased().split(separator: ",") {
            let text = directive.trimmingCharacters(in: .whitespaces)
            if text == "no-store" || text == "no-cache" { return 0 }
            if text.hasPrefix("max-age=") { return Int64(text.dropFirst(8)) }
        }
        return nil
    }

    /// The first address of a host if it may be connected to, and every other one too.
    private static func permittedAddress(
        of host: String, limits: DownloadLimits
    ) async -> Result<String, DownloadFailure> {
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        // A resolver of ours that does not answer is no fault of who signed: as if the server had not answered.
        let resolved = try? await resolvers.runIfActive { resolve(name) }
        guard let addresses = resolved ?? nil else { return .failure(.timedOut) }
        guard let first = addresses.first else { return .failure(.notFetched) }
        guard limits.privateAddressesAllowed || addresses.allSatisfy(\.isPublic) else { return .failure(.forbiddenAddress) }
        return .success(first.ipDescription)
    }

    /// The addresses of a name, none where it does not exist; nil: the resolver could not say.
    private static func resolve(_ name: String) -> [TransportAddress]? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(name, nil, &hints, &list)
        if result == EAI_AGAIN || result == EAI_SYSTEM || result == EAI_MEMORY { return nil }
        guard result == 0 else { return [] }
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

/// The first of several outcomes of one download.
private final class FirstOutcome: Sendable {
    private struct State {
        var result: Result<Downloaded, DownloadFailure>?
        var waiting: CheckedContinuation<Result<Downloaded, DownloadFailure>, Never>?
    }

    private let state = Mutex(State())

    /// Takes an outcome; all but the first count for nothing.
    func settle(_ result: Result<Downloaded, DownloadFailure>) {
        let waiting = state.withLock { state -> CheckedContinuation<Result<Downloaded, DownloadFailure>, Never>? in
            guard state.result == nil else { return nil }
            state.result = result
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: result)
    }

    /// The first outcome, once there is one.
    func value() async -> Result<Downloaded, DownloadFailure> {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.result == nil { state.waiting = continuation }
                return state.result
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
