// SPDX-License-Identifier: Apache-2.0

import Net
import SIP
import Testing

@testable import Server

/// Name servers that say what a test tells them.
struct Zone {
    var four: [String: NameAnswer<TransportAddress>] = [:]
    var six: [String: NameAnswer<TransportAddress>] = [:]
    var services: [String: NameAnswer<ServiceRecord>] = [:]

    static func addresses(_ list: [String], seconds: Int = 300) -> NameAnswer<TransportAddress> {
        .records(list.map { TransportAddress($0) ?? .none }, seconds: seconds)
    }

    func resolve(_ question: NameQuestion, previous: ResolvedName? = nil) -> NameResolution.Outcome {
        NameResolution.resolve(
            question, previous: previous, addressesOf: { name, isIPv4 in (isIPv4 ? four[name] : six[name]) ?? .none },
            servicesOf: { services[$0] ?? .none })
    }
}

@Suite("NameResolution: from a name to addresses")
struct NameResolutionTests {
    private func question(
        hasServices: Bool = true, isDirect: Bool = false, hasIPv4: Bool = true, hasIPv6: Bool = false
    ) -> NameQuestion {
        NameQuestion(name: "sip.example", hasServices: hasServices, isDirect: isDirect, hasIPv4: hasIPv4, hasIPv6: hasIPv6)
    }

    private func shown(_ outcome: NameResolution.Outcome) -> [String]? {
        (try? outcome.result.get())?.addresses.map(\.ipDescription)
    }

    private func service(_ priority: Int, _ host: String, port: UInt16 = 5060) -> ServiceRecord {
        ServiceRecord(priority: priority, weight: 1, port: port, host: host)
    }

    @Test("A and AAAA where there is no SRV, of the families that are wanted, in an order of their own")
    func direct() {
        let zone = Zone(
            four: ["sip.example": Zone.addresses(["192.0.2.2", "192.0.2.1", "192.0.2.2"])],
            six: ["sip.example": Zone.addresses(["2001:db8::1"])])
        #expect(shown(zone.resolve(question())) == ["192.0.2.1", "192.0.2.2"])
        #expect(shown(zone.resolve(question(hasIPv6: true)))?.sorted() == ["192.0.2.1", "192.0.2.2", "2001:db8::1"])
        #expect(shown(zone.resolve(question(hasIPv4: false, hasIPv6: true))) == ["2001:db8::1"])
    }

    @Test("SRV goes before A; a source has both; a name with a port has no SRV")
    func services() {
        let zone = Zone(
            four: [
                "sip.example": Zone.addresses(["192.0.2.9"]), "a.example": Zone.addresses(["192.0.2.1"]),
                "b.example": Zone.addresses(["192.0.2.2"]),
            ],
            services: ["sip.example": .records([service(20, "b.example"), service(10, "a.example")], seconds: 60)])
        #expect(shown(zone.resolve(question())) == ["192.0.2.1", "192.0.2.2"])
        #expect(shown(zone.resolve(question(isDirect: true))) == ["192.0.2.1", "192.0.2.2", "192.0.2.9"])
        #expect(shown(zone.resolve(question(hasServices: false, isDirect: true))) == ["192.0.2.9"])
    }

    @Test("the shortest time counts, 5 s at least and an hour at most", arguments: [(0, 5), (4, 5), (77, 77), (86_400, 3600)])
    func times(ttl: Int, expected: Int) {
        let zone = Zone(
            four: ["a.example": Zone.addresses(["192.0.2.1"], seconds: ttl)],
            services: ["sip.example": .records([service(1, "a.example")], seconds: 86_400)])
        #expect(zone.resolve(question()).seconds == expected)
    }

    @Test("no such name and silence are asked again after 5 s")
    func nothing() {
        #expect(Zone().resolve(question()) == NameResolution.Outcome(result: .failure(.noSuchName), seconds: 5))
        let silent = Zone(services: ["sip.example": .silent])
        #expect(silent.resolve(question()) == NameResolution.Outcome(result: .failure(.silent), seconds: 5))
        let half = Zone(four: ["sip.example": .silent])
        #expect(half.resolve(question()).result == .failure(.silent))
        let none = Zone(services: ["sip.example": .records([service(0, "", port: 0)], seconds: 60)])
        #expect(none.resolve(question()).result == .failure(.noSuchName))
    }

    @Test("name servers that cannot say whether there is SRV do not take the addresses away")
    func refusedServices() {
        let zone = Zone(four: ["sip.example": Zone.addresses(["192.0.2.1"])], services: ["sip.example": .silent])
        let outcome = zone.resolve(question())
        #expect(shown(outcome) == ["192.0.2.1"])
        #expect(outcome.seconds == 5 && outcome.doubt == .silent)
    }

    @Test("one host that is silent keeps what it had and does not take the others' away")
    func partialSilence() throws {
        var zone = Zone(
            four: ["a.example": Zone.addresses(["192.0.2.1"]), "b.example": Zone.addresses(["192.0.2.2"])],
            services: ["sip.example": .records([service(1, "a.example"), service(1, "b.example")], seconds: 60)])
        let before = try zone.resolve(question()).result.get()
        zone.four["a.example"] = .silent
        zone.four["b.example"] = Zone.addresses(["192.0.2.3"])
        let outcome = zone.resolve(question(), previous: before)
        #expect(shown(outcome) == ["192.0.2.1", "192.0.2.3"])
        #expect(outcome.seconds == 5 && outcome.doubt == .silent)
        zone.services["sip.example"] = .silent
        #expect(try zone.resolve(question(), previous: before).result.get() == before)
    }

    @Test(
        "addresses that nobody can have are left out, and if there is no other nothing is believed",
        arguments: ["0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.0.1", "255.255.255.255", "::", "ff02::1", "fe80::1"])
    func poisoned(address: String) throws {
        let isIPv4 = !address.contains(":")
        var zone = Zone(four: [:], six: [:])
        func tell(_ list: [String]) {
            if isIPv4 {
                zone.four["sip.example"] = Zone.addresses(list)
            } else {
                zone.six["sip.example"] = Zone.addresses(list)
            }
        }
        tell([address])
        let question = question(hasIPv4: isIPv4, hasIPv6: !isIPv4)
        #expect(zone.resolve(question).result == .failure(.impossible(try #require(TransportAddress(address)).ipDescription)))
        let good = isIPv4 ? "192.0.2.1" : "2001:db8::1"
        tell([address, good])
        #expect(shown(zone.resolve(question)) == [good])
        #expect(zone.resolve(question).doubt != nil)
    }

    @Test("more addresses or hosts than are believed are refused as a whole")
    func tooMany() {
        let many = (0..<200).map { "198.51.100.\($0)" }, more = (0..<200).map { "203.0.113.\($0)" }
        let services = ["sip.example": NameAnswer.records([service(1, "a.example"), service(1, "b.example")], seconds: 60)]
        let zone = Zone(four: ["a.example": Zone.addresses(many), "b.example": Zone.addresses(more)], services: services)
        #expect(zone.resolve(question()).result == .failure(.tooMany))
        #expect(Zone(four: ["sip.example": .tooMany]).resolve(question()).result == .failure(.tooMany))
        let hosts = (0..<65).map { service(1, "h\($0).example") }
        let crowd = Zone(services: ["sip.example": .records(hosts, seconds: 60)])
        #expect(crowd.resolve(question()).result == .failure(.tooMany))
    }
}
