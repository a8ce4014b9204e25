// SPDX-License-Identifier: Apache-2.0
//
// Why a download gave nothing, and whose fault that is: what a server did fails the calls that named it, what went wrong
// here leaves them without a verdict (INTERFACE §3 item 6).

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
public import STIR

/// Why there is nothing.
public enum DownloadFailure: Error, Equatable, CaseIterable {
    /// No answer in time.
    case timedOut
    /// The name resolves to an address that may not be connected to.
    case forbiddenAddress
    /// There is no such name.
    case noSuchHost
    /// The host refused the connection, or broke it.
    case notConnected
    /// No TLS, or a certificate of the server that is not believed.
    case noTLS
    /// The server answered something else than HTTP.
    case notHTTP
    /// The server answered with another status than 200.
    case notFetched
    /// The server answered too much.
    case tooLarge
    /// Too many names are being looked up.
    case notTried
    /// Something is missing here: a descriptor, memory, a way to the network.
    case ourFault

    /// Whether it says that the host cannot be had, whatever is asked for. A host that answered can.
    var isOfHost: Bool {
        switch self {
        case .timedOut, .forbiddenAddress, .noSuchHost, .notConnected, .noTLS, .notHTTP: true
        case .notFetched, .tooLarge, .notTried, .ourFault: false
        }
    }

    /// Whether it says nothing about the host.
    var isOfOurs: Bool { self == .notTried || self == .ourFault }

    /// What calls get whose certificate could not be had.
    public var lookup: CredentialLookup {
        let reason: FailureReason
        switch self {
        case .timedOut, .notTried, .ourFault: return .timedOut
        case .forbiddenAddress: reason = .addressNotPermitted
        case .noSuchHost: reason = .noSuchHost
        case .notConnected: reason = .connectionRefused
        case .noTLS: reason = .tls
        case .notHTTP: reason = .notHTTP
        case .notFetched: reason = .httpStatus
        case .tooLarge: reason = .tooLarge
        }
        return .failed(.badInfo, reason)
    }

    /// In words, for people.
    public var sentence: String {
        switch self {
        case .timedOut: "no answer in time"
        case .forbiddenAddress: "the host is at an address that is not fetched from"
        case .noSuchHost: "there is no such host"
        case .notConnected: "the host refused the connection or broke it"
        case .noTLS: "no TLS with the host, or its certificate is not trusted"
        case .notHTTP: "the host answered something else than HTTP"
        case .notFetched: "another status than 200"
        case .tooLarge: "too large"
        case .notTried: "it was not tried"
        case .ourFault: "a fault on this machine: no descriptor, no memory or no way to the network"
        }
    }

    /// The word for it in labels.
    var label: String {
        switch self {
        case .timedOut: "timed_out"
        case .forbiddenAddress: "forbidden_address"
        case .noSuchHost: "no_such_host"
        case .notConnected: "not_connected"
        case .noTLS: "no_tls"
        case .notHTTP: "not_http"
        case .notFetched: "not_fetched"
        case .tooLarge: "too_large"
        case .notTried: "not_tried"
        case .ourFault: "our_fault"
        }
    }
}

extension DownloadFailure {
    /// What a system call failed with. What a host can bring about is listed; all else is missing here.
    init(systemError code: Int32) {
        switch code {
        case ECONNREFUSED, ECONNRESET, ECONNABORTED, EPIPE, ENOTCONN, ESHUTDOWN, EPROTO: self = .notConnected
        case ETIMEDOUT: self = .timedOut
        default: self = .ourFault
        }
    }

    /// What a download threw.
    init(_ error: any Error) {
        switch error {
        case let error as IOError: self.init(systemError: error.errnoCode)
        case let error as NIOConnectionError: self.init(error)
        case let error as HTTPClientError:
            let isTime = [.connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .cancelled].contains(error)
            self = isTime ? .timedOut : .notConnected
        case is NIOTooManyBytesError: self = .tooLarge
        case is CancellationError: self = .timedOut
        case is HTTPParserError: self = .notHTTP
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .noTLS
        // The address was looked up before: that of a number cannot fail but for want of something.
        case is SocketAddressError: self = .ourFault
        case ChannelError.connectTimeout: self = .timedOut
        default: self = .notConnected
        }
    }

    /// Of several addresses that were tried the one counts that answered at all.
    private init(_ error: NIOConnectionError) {
        let causes = error.connectionErrors.map { DownloadFailure($0.error) }
        self = causes.first { !$0.isOfOurs } ?? .ourFault
    }
}
