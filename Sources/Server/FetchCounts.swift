// SPDX-License-Identifier: Apache-2.0
//
// What fetching certificates came to, for /metrics. Of the control plane: no thread's counters, but values under the
// fetcher's lock.

/// How downloads ended, and what was not tried.
struct FetchCounts {
    private(set) var delivered: UInt64 = 0
    private(set) var failures: [DownloadFailure: UInt64] = [:]
    /// Wishes over a peer's allowance.
    var refused: UInt64 = 0
    /// Wishes for a host that is left alone.
    var paused: UInt64 = 0

    /// Counts a download; `failure` is nil where something came.
    mutating func count(_ failure: DownloadFailure?) {
        if let failure { failures[failure, default: 0] += 1 } else { delivered += 1 }
    }
}

extension CertificateFetcher {
    /// Writes the fetcher's metrics.
    func write(into text: inout PrometheusText) {
        let (counts, known, waiting, inFlight, broken) = state.withLock { state in
            (
                state.counts, state.known.entries.count, state.queue.waiting, state.queue.inFlight, state.queue.brokenHosts
            )
        }
        let downloads = "stirrup_certificate_downloads_total"
        text.family(downloads, "counter", "Certificate downloads, by how they ended.")
        text.sample(downloads, [("outcome", "delivered")], counts.delivered)
        for failure in DownloadFailure.allCases {
            text.sample(downloads, [("outcome", failure.label)], counts.failures[failure, default: 0])
        }
        let refusals = "stirrup_certificate_refusals_total"
        text.family(refusals, "counter", "Certificates that calls needed and that were not fetched, by reason.")
        text.sample(refusals, [("reason", "allowance")], counts.refused)
        text.sample(refusals, [("reason", "host_paused")], counts.paused)
        text.family("stirrup_certificates_known", "gauge", "Certificate chains kept in memory.")
        text.sample("stirrup_certificates_known", [], UInt64(known))
        text.family("stirrup_certificate_downloads", "gauge", "Certificate downloads that wait or are under way.")
        text.sample("stirrup_certificate_downloads", [("state", "waiting")], UInt64(waiting))
        text.sample("stirrup_certificate_downloads", [("state", "under_way")], UInt64(inFlight))
        text.family("stirrup_certificate_hosts_paused", "gauge", "Hosts that failed so often that they are left alone.")
        text.sample("stirrup_certificate_hosts_paused", [], UInt64(broken))
    }
}
