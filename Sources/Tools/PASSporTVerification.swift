// SPDX-License-Identifier: Apache-2.0
//
// Verifies PASSporTs as the proxy verifies those of a call: the same service, settings, trust store and download. The
// service says of each PASSporT what failed first; as it checks in a fixed order, that says which checks went well before.

import Credentials
import SIP
import STIR
import Server

/// PASSporTs of one call that are to be verified: `stirrup passport verify`.
public struct PASSporTVerification: Sendable {
    /// What the call says about itself, as far as somebody knows it; what is nil is taken from the PASSporTs.
    public struct Expectation: Sendable {
        /// The caller, canonical.
        public var caller: TelephoneNumber?
        /// The callee, canonical.
        public var callee: TelephoneNumber?

        /// An expectation.
        public init(caller: TelephoneNumber? = nil, callee: TelephoneNumber? = nil) {
            self.caller = caller
            self.callee = callee
        }
    }

    let preparation: PreparedVerification
    let expectation: Expectation
    /// What is used instead of what the URLs would deliver.
    let certificate: [UInt8]?
    /// Unix time.
    let time: Int64

    /// `time` is Unix time; `certificate`, PEM, stands for what every URL would deliver.
    public init(
        _ preparation: PreparedVerification, expecting expectation: Expectation = Expectation(),
        certificate: [UInt8]? = nil, at time: Int64
    ) {
        self.preparation = preparation
        self.expectation = expectation
        self.certificate = certificate
        self.time = time
    }

    /// Verifies these, which belong to one call.
    public func verify(_ values: [IdentityValue]) async throws -> VerificationReport {
        let message = try IdentityMessage(values)
        let parties = parties(message)
        var retrievals: [[UInt8]: CertificateRetrieval] = [:]
        var result = try verify(message, parties, retrievals)
        // Each round fetches at least one certificate more; a chain of diversions may ask for one after the other.
        for _ in 0..<IdentityFields.maximumCount where result.isPending {
            for index in 0..<result.missingCount {
                let url = message.text(result.missing(index))
                retrievals[url] = await retrieve(url)
            }
            result = try verify(message, parties, retrievals)
        }
        return VerificationReport(self, message, parties, result, retrievals)
    }

    private func verify(
        _ message: IdentityMessage, _ parties: CallParties, _ retrievals: [[UInt8]: CertificateRetrieval]
    ) throws -> CallVerification {
        var service = try VerificationService()
        var cache = CredentialCache(key: (0, 0), capacity: 1024)
        for (url, retrieval) in retrievals { cache.insert(url: url, retrieval.lookup, expires: time + 1) }
        return service.verify(
            message.bytes.span, identities: message.fields, parties: parties, settings: preparation.settings, cache: &cache,
            at: time)
    }

    /// The call: what is expected of it, else what the PASSporTs say. The caller's own comes before diversions; the last
    /// diversion leads to where the call is.
    private func parties(_ message: IdentityMessage) -> CallParties {
        let passports = message.readings.compactMap { reading -> PASSporT? in
            if case .passport(let passport) = reading { passport } else { nil }
        }
        let own = passports.first { $0.kind != .div } ?? passports.first
        let last = passports.last { $0.kind == .div } ?? own
        func destination(_ passport: PASSporT?) -> TelephoneNumber? {
            passport.flatMap { $0.destinationCount > 0 ? $0.destination(0) : nil }
        }
        return CallParties(
            caller: expectation.caller ?? own?.orig, to: expectation.callee ?? destination(own),
            requestURI: expectation.callee ?? destination(last))
    }

    private func retrieve(_ url: [UInt8]) async -> CertificateRetrieval {
        if let certificate { return preparation.judge(certificate, at: time) }
        return await preparation.retrieve(url, at: time)
    }
}

/// Identity header values one behind the other, as in a message, and what they are as PASSporTs.
struct IdentityMessage: Sendable {
    let bytes: [UInt8]
    let fields: IdentityFields
    let headers: [IdentityHeader?]
    let readings: [PASSporTReading]

    /// `parties`: what SIP says, where there is a request; the compact form can only be read with it.
    init(_ values: [IdentityValue], parties: CallParties = CallParties()) throws(ToolError) {
        guard values.count <= IdentityFields.maximumCount else {
            throw ToolError("\(values.count) Identity headers are too many: the first \(IdentityFields.maximumCount) count")
        }
        var text: [UInt8] = [], fields = IdentityFields(), ranges: [ByteRange] = []
        for value in values {
            // A bare PASSporT whose header names no certificate fits no field; alone it is what it is: malformed.
            let field = value.fieldValue() ?? value.bytes
            ranges.append(ByteRange(text.count, text.count + field.count))
            text += field
        }
        guard text.count + readSlack <= 65_000 else { throw ToolError("\(text.count) bytes are more than a message has") }
        for range in ranges { fields.append(range) }
        let bytes = text + [UInt8](repeating: 0, count: readSlack)
        self.bytes = bytes
        self.fields = fields
        let headers = ranges.map { IdentityHeader(bytes.span, $0) }
        self.headers = headers
        var reader = PASSporTReader()
        var readings: [PASSporTReading] = []
        for header in headers {
            readings.append(header.map { reader.read(bytes.span, $0, parties: parties) } ?? .failed(.malformed))
        }
        self.readings = readings
    }

    /// What stands at a range.
    func text(_ range: ByteRange) -> [UInt8] { Array(bytes[range.start..<range.end]) }
}
