// SPDX-License-Identifier: Apache-2.0

public import SIP

/// An address that we own.
public struct Listener: Sendable {
    /// Its name in the configuration.
    public let name: String
    /// Where its socket is bound.
    public let address: TransportAddress
    /// The host and port that peers see, as they stand in Via and Record-Route.
    public let sentBy: [UInt8]
    /// The host alone.
    public let host: [UInt8]
    /// The port that peers see.
    public let port: UInt16
    /// The advertised address, where the host is one.
    public let advertised: TransportAddress?
    /// What stands for it in our branches: a hash of its name, so that it survives a change of order.
    public let label: UInt16

    /// A listener; `host` is a name or an address as a URI has it.
    public init(name: String, address: TransportAddress, host: [UInt8], port: UInt16) {
        self.name = name
        self.address = address
        self.host = host
        self.port = port
        sentBy = host + [UInt8(ascii: ":")] + Array(String(port).utf8)
        let padded = host + [UInt8](repeating: 0, count: readSlack)
        advertised = TransportAddress(padded.span, ByteRange(0, host.count), port: port)
        label = nameLabel(name)
    }
}
