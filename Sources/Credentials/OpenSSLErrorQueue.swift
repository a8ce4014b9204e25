// SPDX-License-Identifier: Apache-2.0
// OpenSSL leaves the reasons of a failure in a queue of the calling thread. What is not taken out stays there and
// would be read as the reason of a later failure, so every failing path ends here.

internal import COpenSSL

/// The calling thread's queue of OpenSSL errors.
enum OpenSSLErrorQueue {
    /// The first error, which is the root cause, in OpenSSL's words; empties the queue.
    static func takeWords() -> String {
        let code = ERR_get_error()
        clear()
        guard code != 0, let reason = ERR_reason_error_string(code) else { return "" }
        return String(cString: reason)
    }

    static func clear() {
        ERR_clear_error()
    }
}
