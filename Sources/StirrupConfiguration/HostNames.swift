// SPDX-License-Identifier: Apache-2.0
//
// Names of hosts, which stand where an address may.

/// `NAME` or `NAME:PORT`; nil where it is neither, such as an address.
func hostName(_ text: String) -> Configuration.HostName? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, var host = parts.first else { return nil }
    if host.hasSuffix(".") { host.removeLast() }
    guard isHostName(host) else { return nil }
    guard parts.count == 2 else { return Configuration.HostName(name: host.lowercased(), port: nil) }
    guard let port = decimal(parts[1], in: 1...65535) else { return nil }
    return Configuration.HostName(name: host.lowercased(), port: UInt16(port))
}

/// `hostname` of RFC 3261 §25.1: its last label begins with a letter, so that it is never taken for an address.
func isHostName(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    let areLabels = labels.allSatisfy { label in
        !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }
    return areLabels && text.utf8.count <= 253 && labels.last?.first?.isLetter ?? false
}
