// SPDX-License-Identifier: Apache-2.0

import STIR

/// A header value with fields to be filled in.
public struct Template: Sendable, Equatable {
    /// The facts of a call that a template may name.
    public enum Field: String, Sendable, CaseIterable {
        case verstat, attest, origid, signer, score, rule, caller, callee
    }

    /// A part of a template.
    public enum Piece: Sendable, Equatable {
        /// Text that stands as it is.
        case text([UInt8])
        /// A fact in its place.
        case field(Field)
    }

    /// The parts in order.
    public var pieces: [Piece]

    /// A template of these parts.
    public init(_ pieces: [Piece]) { self.pieces = pieces }
}

/// A header field that a rule adds.
public struct AddedField: Sendable, Equatable {
    /// The name as written.
    public var name: [UInt8]
    /// The value.
    public var value: Template

    /// A field to add.
    public init(name: [UInt8], value: Template) {
        self.name = name
        self.value = value
    }
}

/// `reject` of a rule.
public struct Rejection: Sendable, Equatable {
    /// The status code; nil: that of the verification failure (RFC 8224 §6.2.2), 603 where there is none.
    public var status: UInt16?
    /// The reason phrase; empty: the status code's own.
    public var reason: [UInt8]
    /// The header fields that the answer gets.
    public var fields: [AddedField]
    /// Whether this is 603+ (ATIS-1000099): 603 Network Blocked with the redress contact.
    public var isNetworkBlocked: Bool

    /// A rejection.
    public init(status: UInt16? = nil, reason: [UInt8] = [], fields: [AddedField] = [], isNetworkBlocked: Bool = false) {
        self.status = status
        self.reason = reason
        self.fields = fields
        self.isNetworkBlocked = isNetworkBlocked
    }
}

/// `tag` of a rule.
public struct Tag: Sendable, Equatable {
    /// What is put in front of the display name, as it stands within quotes.
    public var displayName: [UInt8]
    /// The header fields that the forwarded request gets.
    public var fields: [AddedField]

    /// A tag.
    public init(displayName: [UInt8] = [], fields: [AddedField] = []) {
        self.displayName = displayName
        self.fields = fields
    }
}

/// `then` of a rule.
public enum Action: Sendable, Equatable {
    case allow
    case drop
    case reject(Rejection)
    case tag(Tag)
    /// 302 Moved Temporarily with this URI as its Contact.
    case redirect([UInt8])
    /// To the targets of the peer with this number.
    case divert(Int)
    /// Adds to the call's score.
    case score(Int)

    /// The action's name in the configuration, the log and the metrics.
    public var name: StaticString {
        switch self {
        case .allow: "allow"
        case .drop: "drop"
        case .reject: "reject"
        case .tag: "tag"
        case .redirect: "redirect"
        case .divert: "divert"
        case .score: "score"
        }
    }
}

/// One rule of the policy.
public struct Rule: Sendable {
    /// Its name.
    public let name: String
    /// The same as the call log writes it.
    public let nameBytes: [UInt8]
    /// When it applies.
    public var condition: Condition
    /// What it does.
    public var action: Action
    /// Whether it is on trial: that it applies is counted and logged, and nothing else happens.
    public var isShadow: Bool

    /// A rule.
    public init(name: String, condition: Condition, action: Action, isShadow: Bool = false) {
        self.name = name
        nameBytes = Array(name.utf8)
        self.condition = condition
        self.action = action
        self.isShadow = isShadow
    }
}
