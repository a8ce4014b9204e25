// SPDX-License-Identifier: Apache-2.0
//
// From a name to addresses (INTERFACE §2.1, RFC 3263 §4): SRV of `_sip._udp`, else A and AAAA. What a name server says is
// not believed where it cannot be.

import Net
import SIP

/// What has to be asked about a name.
struct NameQuestion: Hashable, Sendable {
    /// In lower case.
    let name: String
    /// Whether SRV records count: the name stands somewhere without a port.
    let hasServices: Bool
    /// Whether its own addresses count beside those of its servers: it is a source, or stands with a port.
    let isDirect: Bool
    /// The families of the listeners that it stands behind.
    let hasIPv4: Bool
    let hasIPv6: Bool
}

/// What a name came to.
struct ResolvedName: Equatable, Sendable {
    /// A server by its SRV record.
    struct Service: Equatable, Sendable {
        let record: ServiceRecord
        /// Without ports.
        var addresses: [TransportAddress]
    }

    /// Its servers; none without SRV records.
    var services: [Service] = []
    /// Its own addresses, without ports.
    var direct: [TransportAddress] = []

    /// All addresses, each once.
    var addresses: [TransportAddress] {
        var seen: Set<TransportAddress> = []
        return (services.flatMap(\.addresses) + direct).filter { seen.insert($0).inserted }
    }
}

/// Why a name came to nothing new.
enum NameFailure: Error, Hashable, CustomStringConvertible {
    case noSuchName
    case silent
    /// More addresses or servers than are believed.
    case tooMany
    /// No address but such as nobody can have.
    case impossible(String)

    var description: String {
        switch self {
        case .noSuchName: "there is no such name, or it has no address"
        case .silent: "the name servers do not answer, or cannot say"
        case .tooMany: "its answer is refused: more than \(NameResolution.maximumAddresses) addresses"
        case .impossible(let address): "its answer is refused: \(address) is not an address that a peer can have"
        }
    }
}

/// One resolution of a name.
struct NameResolution {
    /// What a name servers' answers come to.
    struct Outcome: Equatable {
        var result: Result<ResolvedName, NameFailure>
        /// For how long it holds, in seconds.
        var seconds: Int
        /// What was left out or not heard, though the rest counts.
        var doubt: NameFailure?
    }

    /// The most addresses of a name that are believed.
    static let maximumAddresses = NameQuery.maximumRecords
    /// The most hosts of a name.
    static let maximumHosts = 64
    /// For how long an answer holds at least and at most, and when to ask again for what has none, in seconds.
    static let times = 5...3600

    private let question: NameQuestion
    /// What the name came to the last time: what is silent now may have spoken then.
    private let previous: ResolvedName
    private let addressesOf: (String, _ isIPv4: Bool) -> NameAnswer<TransportAddress>
    private var seconds = Self.times.upperBound
    private var doubt: NameFailure?

    /// Asks by these.
    static func resolve(
        _ question: NameQuestion, previous: ResolvedName?,
        addressesOf: @escaping (String, _ isIPv4: Bool) -> NameAnswer<TransportAddress>,
        servicesOf: (String) -> NameAnswer<ServiceRecord>
    ) -> Outcome {
        var resolution = NameResolution(question: question, previous: previous ?? ResolvedName(), addressesOf: addressesOf)
        do {
            let resolved = try resolution.resolve(question.hasServices ? servicesOf(question.name) : .none)
            let shortest = resolution.doubt == .silent ? times.lowerBound : resolution.seconds
            return Outcome(
                result: .success(resolved), seconds: max(times.lowerBound, min(times.upperBound, shortest)),
                doubt: resolution.doubt)
        } catch {
            return Outcome(result: .failure(error), seconds: times.lowerBound, doubt: nil)
        }
    }

    private init(
        question: NameQuestion, previous: ResolvedName,
        addressesOf: @escaping (String, _ isIPv4: Bool) -> NameAnswer<TransportAddress>
    ) {
        self.question = question
        self.previous = previous
        self.addressesOf = addressesOf
    }

    private mutating func resolve(_ services: NameAnswer<ServiceRecord>) throws(NameFailure) -> ResolvedName {
        var resolved = ResolvedName()
        switch services {
        case .records(let records, let ttl):
            seconds = min(seconds, ttl)
            resolved.services = try servers(records)
        case .none: break
        case .silent:
            // Some name servers refuse questions for a type that they have not heard of: its addresses may be there all the same.
            doubt = .silent
            resolved.services = previous.services
        case .tooMany: throw .tooMany
        }
        if question.isDirect || resolved.services.isEmpty {
            resolved.direct = try addresses(of: question.name, before: previous.direct)
        }
        guard resolved.addresses.count <= Self.maximumAddresses else { throw .tooMany }
        guard !resolved.addresses.isEmpty else { throw doubt ?? .noSuchName }
        return resolved
    }

    private mutating func servers(_ records: [ServiceRecord]) throws(NameFailure) -> [ResolvedName.Service] {
        // RFC 2782: a lone "." says that there is no such service; port 0 is nobody's.
        let records = records.filter { !$0.host.isEmpty && $0.port != 0 }
        guard Set(records.map(\.host)).count <= Self.maximumHosts else { throw .tooMany }
        var known: [String: [TransportAddress]] = [:], servers: [ResolvedName.Service] = []
        for record in records.sorted(by: { ($0.priority, $0.host, $0.port) < ($1.priority, $1.host, $1.port) }) {
            let before = previous.services.first { $0.record.host == record.host }?.addresses ?? []
            if known[record.host] == nil { known[record.host] = try addresses(of: record.host, before: before) }
            let found = known[record.host] ?? []
            if !found.isEmpty { servers.append(ResolvedName.Service(record: record, addresses: found)) }
        }
        return servers
    }

    /// The addresses of a host, in an order of their own: servers turn theirs with each answer.
    private mutating func addresses(
        of host: String, before: [TransportAddress]
    ) throws(NameFailure) -> [TransportAddress] {
        var found: Set<TransportAddress> = []
        for isIPv4 in [true, false] where isIPv4 ? question.hasIPv4 : question.hasIPv6 {
            switch addressesOf(host, isIPv4) {
            case .records(let records, let ttl):
                seconds = min(seconds, ttl)
                for address in records {
                    if address.isPossible { found.insert(address) } else { doubt = .impossible(address.ipDescription) }
                }
            case .none: break
            case .silent:
                doubt = .silent
                found.formUnion(before.filter { $0.isIPv4 == isIPv4 })
            case .tooMany: throw .tooMany
            }
        }
        return found.sorted { ($0.high, $0.low) < ($1.high, $1.low) }
    }
}

extension TransportAddress {
    /// Whether a name may come to it: one that a datagram can come from and go to without saying by which link.
    fileprivate var isPossible: Bool { with(port: 1).isSendable && high >> 54 != 0x3FA }
}
