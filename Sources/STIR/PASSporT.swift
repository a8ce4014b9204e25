// SPDX-License-Identifier: Apache-2.0

public import SIP

/// The claims of a PASSporT (RFC 8225 §5) that verification needs; others are tolerated and not kept.
public struct PASSporT: BitwiseCopyable, Sendable {
    /// The types that we know (`ppt`).
    public enum Kind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
        /// Without `ppt` (RFC 8225).
        case base
        /// RFC 8588.
        case shaken
        /// RFC 8946.
        case div
    }

    /// How many destinations are kept; a longer list counts only for the call's own parties.
    public static let maximumDestinations = 8

    /// The type.
    public internal(set) var kind = Kind.base
    /// When it was signed, Unix time.
    public internal(set) var iat: Int64 = 0
    /// The caller; nil where that is a URI.
    public internal(set) var orig: TelephoneNumber?
    /// What was diverted, in a `div`; nil in others, and where that is a URI.
    public internal(set) var div: TelephoneNumber?
    /// The attestation, in a `shaken`.
    public internal(set) var attest: AttestationLevel?
    /// The originating identifier, in a `shaken`.
    public internal(set) var origid = OriginatingID()
    /// Whether To's number is among the destinations.
    public internal(set) var isForTo = false
    /// Whether the Request-URI's number is among the destinations.
    public internal(set) var isForRequestURI = false
    /// How many destinations are kept.
    public private(set) var destinationCount = 0

    private var destinations = InlineArray<8, TelephoneNumber>(repeating: TelephoneNumber(packed: 0))

    init() {}

    /// The destination at `index`, which must be less than `destinationCount`.
    public func destination(_ index: Int) -> TelephoneNumber { destinations[index] }

    /// Whether `number` is among the destinations that are kept.
    func isFor(_ number: TelephoneNumber) -> Bool {
        for index in 0..<destinationCount where destinations[index] == number { return true }
        return false
    }

    mutating func addDestination(_ number: TelephoneNumber, _ parties: CallParties) {
        if number == parties.to { isForTo = true }
        if number == parties.requestURI { isForRequestURI = true }
        guard destinationCount < Self.maximumDestinations else { return }
        destinations[destinationCount] = number
        destinationCount &+= 1
    }
}

/// What came of reading a PASSporT.
public enum PASSporTReading: BitwiseCopyable, Sendable {
    /// It has the form that its type requires; its signature was not looked at.
    case passport(PASSporT)
    /// It is of a type that we do not know.
    case ignored
    /// It has not.
    case failed(VerificationFailure, FailureReason? = nil)
}
