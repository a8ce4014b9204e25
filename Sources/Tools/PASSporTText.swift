// SPDX-License-Identifier: Apache-2.0

import PlainText
import SIP
import STIR

/// What is written in a PASSporT, decoded and laid out, and not verified: `stirrup passport decode`.
public struct PASSporTText: Sendable {
    private struct Part {
        /// The JSON object, or what is there instead.
        let bytes: [UInt8]
        let isObject: Bool
    }

    private let value: IdentityValue
    private let header: Part?
    private let payload: Part?
    private let info: String?
    private let alg: String?
    private let ppt: String?
    private let iat: Int64?
    /// What cannot be read, as sentences; where there is something, this is not a PASSporT that anybody would accept.
    public let faults: [String]

    /// Decodes a value; throws where it is not three parts with periods between.
    public init(_ value: IdentityValue) throws(ToolError) {
        guard !value.parts.isEmpty else {
            throw ToolError("no PASSporT is found here: it is header.payload.signature, or ..signature")
        }
        var faults: [String] = []
        self.value = value
        header = Self.part(value, 0, "header", &faults)
        payload = Self.part(value, 1, "payload", &faults)
        if value.decoded(2)?.count != 64 { faults.append("the signature is not base64url of 64 bytes (RFC 7518 §3.4)") }
        let parameters = value.isBare ? nil : value.parameters()
        if !value.isBare, parameters == nil {
            faults.append("the parameters are not those of an Identity header (RFC 8224 §4): one info=<URL>, alg, ppt")
        }
        func text(_ range: ByteRange?) -> String? {
            range.flatMap { $0.isEmpty ? nil : String(decoding: value.bytes[$0.start..<$0.end], as: UTF8.self) }
        }
        info = text(parameters?.info)
        alg = text(parameters?.alg)
        ppt = text(parameters?.ppt)
        iat = (payload?.bytes).flatMap { JSONObject($0)?.integer("iat") }
        self.faults = faults
    }

    private static func part(_ value: IdentityValue, _ index: Int, _ name: String, _ faults: inout [String]) -> Part? {
        guard !value.isCompact else { return nil }
        guard let bytes = value.decoded(index) else {
            faults.append("the \(name) is not base64url without padding (RFC 7515 §2)")
            return Part(bytes: value.parts[index], isObject: false)
        }
        let isObject = JSONObject(bytes) != nil
        if !isObject { faults.append("the \(name) is not a JSON object, or has a member twice (RFC 8225 §9)") }
        return Part(bytes: bytes, isObject: isObject)
    }

    /// For people: JSON with the members in their order, then what else is known.
    public var text: String {
        var lines: [String] = []
        for (name, part) in [("header", header), ("payload", payload)] {
            guard let part else { continue }
            lines.append("\(name):")
            lines.append(part.isObject ? JSONLayout.lines(part.bytes) : Printable.text(part.bytes))
        }
        if value.isCompact { lines.append("compact form: header and payload are not sent, but made from the request again") }
        if let info { lines.append("info  \(Printable.text(info))") }
        if let alg { lines.append("alg   \(Printable.text(alg))") }
        if let ppt { lines.append("ppt   \(Printable.text(ppt))") }
        if let iat { lines.append("iat   \(UnixTime.text(iat))") }
        lines.append("not verified")
        return lines.joined(separator: "\n")
    }

    /// For programs: one JSON document.
    public var json: String {
        var members: [String] = []
        func add(_ name: String, _ value: String) { members.append("  \"\(name)\": \(value)") }
        for (name, part) in [("header", header), ("payload", payload)] {
            guard let part else { continue }
            let text = String(decoding: part.bytes, as: UTF8.self)
            add(name, part.isObject ? JSONLayout.lines(part.bytes, level: 1) : Printable.jsonString(text))
        }
        add("signature", Printable.jsonString(String(decoding: value.parts[2], as: UTF8.self)))
        let parameters = [("info", info), ("alg", alg), ("ppt", ppt)].compactMap { name, value in
            value.map { "    \"\(name)\": \(Printable.jsonString($0))" }
        }
        if !parameters.isEmpty { add("parameters", "{\n\(parameters.joined(separator: ",\n"))\n  }") }
        if let iat { add("signed", "\"\(UnixTime.text(iat))\"") }
        return "{\n\(members.joined(separator: ",\n"))\n}"
    }
}
