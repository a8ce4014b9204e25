// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import NIOCore
import STIR
import Testing

@testable import Server

@Suite("INTERFACE §3 item 6: a fault of ours is unavailable, never bad-info")
struct DownloadFailureTests {
    @Test(
        "what is missing here",
        arguments: [
            EMFILE, ENFILE, ENOMEM, ENOBUFS, ENETUNREACH, ENETDOWN, EHOSTUNREACH, EHOSTDOWN, EADDRNOTAVAIL, EADDRINUSE, EACCES,
            EPERM, EAFNOSUPPORT, EAGAIN, ENOSPC, EBADF, EINVAL, EIO,
        ])
    func ours(_ code: Int32) {
        let failure = DownloadFailure(IOError(errnoCode: code, reason: "connect"))
        #expect(failure == .ourFault && failure.isOfOurs && !failure.isOfHost)
        guard case .timedOut = failure.lookup else {
            Issue.record("\(code) fails the call")
            return
        }
    }

    @Test("what a host does", arguments: [ECONNREFUSED, ECONNRESET, ECONNABORTED, EPIPE])
    func theirs(_ code: Int32) {
        let failure = DownloadFailure(IOError(errnoCode: code, reason: "connect"))
        #expect(failure == .notConnected && failure.isOfHost)
        guard case .failed(.badInfo, .connectionRefused, nil) = failure.lookup else {
            Issue.record("\(code) does not fail the call")
            return
        }
    }

    @Test("silence is unavailable too") func silence() {
        #expect(DownloadFailure(systemError: ETIMEDOUT) == .timedOut)
        for error in [HTTPClientError.connectTimeout, .readTimeout, .deadlineExceeded, .cancelled] {
            #expect(DownloadFailure(error) == .timedOut)
        }
        #expect(DownloadFailure(CancellationError()) == .timedOut)
        #expect(DownloadFailure(HTTPClientError.remoteConnectionClosed) == .notConnected)
    }

    @Test("each has a label, a sentence, and a reason where it fails calls", arguments: DownloadFailure.allCases)
    func words(_ failure: DownloadFailure) {
        #expect(failure.label.wholeMatch(of: /[a-z_]+/) != nil && !failure.sentence.isEmpty)
        switch failure.lookup {
        case .failed(let named, let reason, let fault): #expect(named == .badInfo && reason != nil && fault == nil)
        case .timedOut: #expect([.timedOut, .notTried, .ourFault].contains(failure))
        default: Issue.record("\(failure)")
        }
    }

    @Test("no such name is only what a resolver said that lacked nothing")
    func names() {
        #expect(HostResolver.doesNotExist(EAI_NONAME, 0) && HostResolver.doesNotExist(-5, ENOENT))
        for code in [EMFILE, ENFILE, ENOMEM, ENOBUFS] {
            #expect(!HostResolver.doesNotExist(EAI_NONAME, code))
        }
        for result in [EAI_AGAIN, EAI_FAIL, EAI_SYSTEM, EAI_MEMORY] { #expect(!HostResolver.doesNotExist(result, 0)) }
    }

    @Test("a resolver that does not answer leaves a call unavailable, a name that does not exist does not")
    func resolver() async {
        let resolver = HostResolver(threads: 2, forStrangers: 2) { $0.hasPrefix("none") ? [] : nil }
        for (url, expected) in [("http://none/a", DownloadFailure.noSuchHost), ("http://unsure/a", .timedOut)] {
            let result = await CertificateDownload.run(.init(url: url), limits: DownloadLimits(), resolver: resolver)
            #expect(throws: expected) { try result.get() }
        }
    }
}
