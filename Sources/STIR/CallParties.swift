// SPDX-License-Identifier: Apache-2.0

public import SIP

/// What SIP says about a call, never what its PASSporTs say (RFC 8224 §6.2.4).
public struct CallParties: BitwiseCopyable, Sendable {
    /// The caller, canonical: P-Asserted-Identity, else From. nil where that is no number; then no PASSporT passes.
    public var caller: TelephoneNumber?
    /// The number in To, canonical.
    public var to: TelephoneNumber?
    /// The number in the Request-URI, canonical.
    public var requestURI: TelephoneNumber?
    /// The value of Date; `none` where there is none.
    public var date: ByteRange

    /// The parties of a call.
    public init(
        caller: TelephoneNumber? = nil, to: TelephoneNumber? = nil, requestURI: TelephoneNumber? = nil,
        date: ByteRange = .none
    ) {
        self.caller = caller
        self.to = to
        self.requestURI = requestURI
        self.date = date
    }
}
