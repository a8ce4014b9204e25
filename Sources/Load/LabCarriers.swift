// SPDX-License-Identifier: Apache-2.0
//
// Who signs the calls of the load: the carriers of a folder that `stirrup pki lab` makes, CODE.pem and CODE.key for each.

import Credentials
import Foundation
import SIP
public import STIR

/// Something that keeps a load from being made, in words.
public struct LoadError: Error, CustomStringConvertible, Sendable {
    /// What is wrong.
    public let description: String

    /// An error.
    public init(_ description: String) { self.description = description }
}

/// The carriers of a laboratory, with their keys and their published chains.
public struct LabCarriers: Sendable {
    /// A carrier.
    public struct Carrier: Sendable {
        /// Its service provider code: the name of its files.
        public let code: String
        /// The chain that is published, in PEM.
        public let chain: [UInt8]
        /// What it signs with.
        public let credential: SigningCredential
    }

    /// The carriers, by name.
    public let carriers: [Carrier]

    /// Reads a folder; `prefix` is the URL under which its certificates are published. Authorities sign no calls.
    public init(folder: String, prefix: String) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw LoadError("cannot read the folder \(folder): \(error.localizedDescription)")
        }
        var carriers: [Carrier] = []
        for name in names where name.hasSuffix(".key") {
            let code = String(name.dropLast(4))
            guard names.contains("\(code).pem") else { continue }
            let chain = try Self.contents("\(folder)/\(code).pem")
            guard let certificate = try Certificate.all(inPEM: chain).first, !certificate.isAuthority else { continue }
            let key = try PrivateKey(pem: try Self.contents("\(folder)/\(name)"))
            guard certificate.matches(key) else { throw LoadError("\(name) is not the key of \(code).pem") }
            let url = "\(prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix)/\(code).pem"
            guard let credential = SigningCredential(x5u: Array(url.utf8), key: key) else {
                throw LoadError("\(url) is no http or https URL that a certificate can be published at")
            }
            carriers.append(Carrier(code: code, chain: chain, credential: credential))
        }
        guard !carriers.isEmpty else {
            throw LoadError("\(folder) has no CODE.pem with its CODE.key; make them with: stirrup pki lab \(folder)")
        }
        self.carriers = carriers
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else { throw LoadError("cannot read \(path)") }
        return Array(data)
    }
}

/// Writes the Identity header fields of calls: right ones with the code that the product signs with, and wrong ones.
struct CallSigner: ~Copyable {
    /// How old a stale PASSporT is: older than any proxy accepts.
    private static let staleAge: Int64 = 3600
    private let carriers: [LabCarriers.Carrier]
    private let firstShare: Int
    private var service: AuthenticationService
    private var random: LoadRandom

    /// A signer; the first carrier signs `firstShare` of a hundred calls, the others the rest.
    init(_ lab: LabCarriers, firstShare: Int, random: LoadRandom) throws {
        carriers = lab.carriers
        self.firstShare = firstShare
        self.random = random
        service = try AuthenticationService()
    }

    /// Writes the value of the header field of call `number` of a pool.
    mutating func sign(
        _ kind: CallKind, caller: TelephoneNumber, signed: TelephoneNumber, callee: TelephoneNumber, number: Int, at now: Int64,
        into output: inout ByteWriter
    ) throws {
        let start = output.count
        let origid = InlineArray<16, UInt8> { _ in UInt8(truncatingIfNeeded: random.next()) }
        let attest: AttestationLevel =
            switch kind {
            case .signedB: .partial
            case .signedC, .tampered: .gateway
            default: .full
            }
        let refusal = service.sign(
            orig: kind == .spoofed ? signed : caller, dest: callee, attest: attest,
            iat: kind == .stale ? now - Self.staleAge : now, origid: origid, with: carrier(number), into: &output)
        guard refusal == nil else { throw LoadError("the calls cannot be signed: \(refusal.map { "\($0)" } ?? "")") }
        if kind == .tampered { Self.tamper(&output, from: start) }
    }

    private func carrier(_ number: Int) -> SigningCredential {
        guard carriers.count > 1, firstShare > 0 else { return carriers[number % carriers.count].credential }
        // 37 and 100 have no common factor, so that every hundred calls have the share, and spread out.
        if number * 37 % 100 < firstShare { return carriers[0].credential }
        return carriers[1 + number % (carriers.count - 1)].credential
    }

    /// Changes `"attest":"C"` to A in the claims, which begin with it: its letter lies in the bits of two characters of
    /// base64url, of which those of C and A differ in one.
    private static func tamper(_ output: inout ByteWriter, from start: Int) {
        let dot = output.written.find(UInt8(ascii: "."), from: start, to: output.count)
        // {"attest":"C: the letter is octet 11 of the claims, so the last six bits of it are character 15.
        let place = dot + 1 + 15
        guard place < output.count else { return }
        unsafe output.start[place] = UInt8(ascii: "B")
    }
}

/// Random numbers that a seed decides (SplitMix64): the same load every time.
struct LoadRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
