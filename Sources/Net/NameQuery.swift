// SPDX-License-Identifier: Apache-2.0
//
// Questions to the name servers, by the C library's resolver: what `getaddrinfo` cannot say, SRV records and how long an
// answer holds.

internal import CLinux
public import SIP

/// A server of a service (RFC 2782).
public struct ServiceRecord: Equatable, Sendable {
    /// The lowest is asked first.
    public let priority: Int
    /// Its share among those of its priority.
    public let weight: Int
    /// Where it listens.
    public let port: UInt16
    /// Its name, in lower case; empty: the service is decidedly not there.
    public let host: String

    /// A server.
    public init(priority: Int, weight: Int, port: UInt16, host: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.host = host
    }
}

/// What name servers say to a question.
public enum NameAnswer<Record: Equatable & Sendable>: Equatable, Sendable {
    /// These records, for so many seconds.
    case records([Record], seconds: Int)
    /// There is no such name, or it has no such record.
    case none
    /// They are silent, or could not say.
    case silent
    /// More records than anybody has use for.
    case tooMany
}

/// Asks the name servers that resolv.conf names, as it is by now. Blocks for as long as they are silent.
public struct NameQuery: Sendable {
    /// The most records that an answer may have.
    public static let maximumRecords = 256

    /// An IPv4 address that is asked instead.
    private let server: TransportAddress?

    /// Asks those of resolv.conf, or `server`.
    public init(server: TransportAddress? = nil) { self.server = server }

    /// The addresses of a name, without a port.
    public func addresses(of name: String, isIPv4: Bool) -> NameAnswer<TransportAddress> {
        ask(name, of: name, type: isIPv4 ? clinux_type_a : clinux_type_aaaa) { record in
            withUnsafeBytes(of: record.address) { bytes in
                var high: UInt64 = 0, low: UInt64 = 0
                for i in 0..<8 {
                    high = high << 8 | UInt64(bytes[i])
                    low = low << 8 | UInt64(bytes[i + 8])
                }
                return TransportAddress(high: high, low: low, port: 0)
            }
        }
    }

    /// The servers of SIP over UDP of a name (RFC 3263 §4.1).
    public func services(of name: String) -> NameAnswer<ServiceRecord> {
        ask("_sip._udp." + name, of: name, type: clinux_type_srv) { record in
            let host = withUnsafeBytes(of: record.host) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).lowercased()
            }
            return ServiceRecord(
                priority: Int(record.priority), weight: Int(record.weight), port: record.port,
                host: host == "." ? "" : host)
        }
    }

    private func ask<Record>(
        _ question: String, of name: String, type: Int, _ read: (clinux_name_record) -> Record
    ) -> NameAnswer<Record> {
        var records = [clinux_name_record](repeating: clinux_name_record(), count: Self.maximumRecords)
        var ttl: UInt32 = 0
        // A name of one label is one of this network, as the search list completes it.
        let isSearched: Int32 = name.contains(".") ? 0 : 1
        let count = withServer { server in
            Int(clinux_ask_name(question, Int32(type), isSearched, server, &records, Int32(records.count), &ttl))
        }
        switch count {
        case 1...: return .records(records.prefix(count).map(read), seconds: Int(ttl))
        case clinux_no_such_name: return .none
        case clinux_too_many: return .tooMany
        default: return .silent
        }
    }

    private func withServer(_ body: (UnsafePointer<sockaddr_in>?) -> Int) -> Int {
        guard let server, server.isIPv4 else { return body(nil) }
        var storage = sockaddr_in6()
        _ = server.store(into: &storage, isIPv4Socket: true)
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { body($0) }
        }
    }
}
