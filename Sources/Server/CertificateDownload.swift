// SPDX-License-Identifier: Apache-2.0
//
// One download of what x5u names, or of a revocation list. The URL comes from whoever calls, so that everything about it is
// bounded: time and size in all, no redirects, no content encoding, and only addresses that may be connected to – checked on
// the addresses that the name resolves to, of which one is then connected to, so that a second look-up cannot say something
// else.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import SIP
import Synchronization

/// How something may be downloaded.
struct DownloadLimits: Sendable {
    /// For all of it: name, connection, TLS and content.
    var timeoutMilliseconds: Int64 = 2000
    /// For connection and TLS, within all of it: a lost SYN is sent again after a second (RFC 6298 §2).
    var connectMilliseconds = Int64.max
    var maximumBytes = 65536
    var privateAddressesAllowed = false
}

/// What was downloaded.
struct Downloaded: Sendable {
    var body: [UInt8] = []
    /// How long it counts by RFC 9111, seconds; nil where the server does not say.
    var lifetime: Int64?
    /// Whether the server lets it be written to disk.
    var mayBeStored = true
    /// What tells this content from another (RFC 9110 §8.8.3).
    var entityTag: String?
    /// When it was changed, in the server's words (RFC 9110 §8.8.2).
    var lastModified: String?
    /// Whether it is what is here already; then there is no body.
    var isUnchanged = false
}

/// Something to download.
struct DownloadRequest: Sendable {
    let url: String
    /// The entity tag of what is here already.
    var entityTag: String?
    /// When what is here already was changed, for servers that give no tag.
    var lastModified: String?
    /// Whether the host has been good before.
    var isHostKnown = false
    /// Who asked for it; nil: nobody whose share counts.
    var asker: FetchAsker?
}

enum CertificateDownload {
    static func run(
        _ wanted: DownloadRequest, limits: DownloadLimits, resolver: HostResolver = .shared
    ) async -> Result<Downloaded, DownloadFailure> {
        // Whoever is first decides. A task group would wait for the loser, which may hang in a resolver.
        let outcome = FirstOutcome()
        let download = Task { await outcome.settle(attempt(wanted, limits: limits, resolver: resolver)) }
        let deadline = Task {
            try? await Task.sleep(for: .milliseconds(limits.timeoutMilliseconds))
            outcome.settle(.failure(.timedOut))
        }
        let result = await outcome.value()
        download.cancel()
        deadline.cancel()
        return result
    }

    private static func attempt(
        _ wanted: DownloadRequest, limits: DownloadLimits, resolver: HostResolver
    ) async -> Result<Downloaded, DownloadFailure> {
        guard let host = URLComponents(string: wanted.url)?.host, !host.isEmpty else { return .failure(.noSuchHost) }
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let address: String
        switch permitted(await resolver.addresses(of: name, isKnown: wanted.isHostKnown, for: wanted.asker), limits: limits) {
        case .success(let permitted): address = permitted
        case .failure(let failure): return .failure(failure)
        }
        // Who waited for the name may have given up meanwhile.
        guard !Task.isCancelled else { return .failure(.timedOut) }
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
        configuration.timeout = .init(
            connect: .milliseconds(min(limits.connectMilliseconds, limits.timeoutMilliseconds)),
            read: .milliseconds(limits.timeoutMilliseconds))
        configuration.httpVersion = .http1Only
        if wanted.url.lowercased().hasPrefix("https:") {
            guard let trusting = WebAuthorities.configuration else { return .failure(.ourFault) }
            configuration.tlsConfiguration = trusting
        }
        // A refused connection is an answer; trying again until time is up would hide it.
        configuration.connectionPool.retryConnectionEstablishment = false
        if !host.hasPrefix("["), host != address { configuration.dnsOverride = [host: address] }
        let client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
        let result = await get(wanted, with: client, limits: limits)
        try? await client.shutdown()
        return result
    }

    /// The first address of a host if it may be connected to, and every other one too.
    private static func permitted(
        _ answer: HostResolver.Answer, limits: DownloadLimits
    ) -> Result<String, DownloadFailure> {
        switch answer {
        case .addresses(let addresses):
            guard let first = addresses.first else { return .failure(.noSuchHost) }
            guard limits.privateAddressesAllowed || addresses.allSatisfy(\.isPublic) else {
                return .failure(.forbiddenAddress)
            }
            return .success(first.ipDescription)
        // A resolver of ours that does not answer is no fault of who signed, and name servers of others may be behind it: as
        // if the host had not answered.
        case .noAnswer: return .failure(HostResolver.hasDescriptors() ? .timedOut : .ourFault)
        case .busy: return .failure(.notTried)
        }
    }

    private static func get(
        _ wanted: DownloadRequest, with client: HTTPClient, limits: DownloadLimits
    ) async -> Result<Downloaded, DownloadFailure> {
        do {
            var request = HTTPClientRequest(url: wanted.url)
            request.headers.add(name: "Accept", value: "*/*")
            request.headers.add(name: "User-Agent", value: "stirrup")
            if let tag = wanted.entityTag {
                request.headers.add(name: "If-None-Match", value: tag)
            } else if let time = wanted.lastModified {
                request.headers.add(name: "If-Modified-Since", value: time)
            }
            let response = try await client.execute(request, timeout: .milliseconds(limits.timeoutMilliseconds))
            let freshness = Freshness(response.headers)
            var downloaded = Downloaded(
                lifetime: freshness.lifetime, mayBeStored: freshness.mayBeStored,
                entityTag: response.headers.first(name: "ETag"), lastModified: response.headers.first(name: "Last-Modified"))
            if response.status == .notModified, wanted.entityTag != nil || wanted.lastModified != nil {
                downloaded.isUnchanged = true
                return .success(downloaded)
            }
            guard response.status == .ok else { return .failure(.notFetched) }
            downloaded.body = Array(try await response.body.collect(upTo: limits.maximumBytes).readableBytesView)
            return .success(downloaded)
        } catch {
            return .failure(DownloadFailure(error))
        }
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
