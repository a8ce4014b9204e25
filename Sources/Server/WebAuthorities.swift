// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import Synchronization

/// Whose certificates web servers may have: the system's bundle, parsed once. A connection that parsed it for itself would
/// cost 8 ms and some memory, and whoever calls decides how many there are.
enum WebAuthorities {
    private static let bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]

    private struct Bundle {
        let stamp: FileStamp
        let configuration: TLSConfiguration
    }

    private static let parsed = Mutex<Bundle?>(nil)

    /// What a connection to a web server begins with. Read again when the bundle changes; where there is none, what NIOSSL
    /// finds. nil: the bundle is there and cannot be read now.
    static var configuration: TLSConfiguration? {
        guard let stamp = bundles.map(FileStamp.init).first(where: \.isThere) else { return .makeClientConfiguration() }
        return parsed.withLock { parsed in
            if let parsed, parsed.stamp == stamp { return parsed.configuration }
            var configuration = TLSConfiguration.makeClientConfiguration()
            guard let authorities = try? NIOSSLCertificate.fromPEMFile(stamp.path) else { return nil }
            if !authorities.isEmpty { configuration.trustRoots = .certificates(authorities) }
            parsed = Bundle(stamp: stamp, configuration: configuration)
            return configuration
        }
    }
}
