// SPDX-License-Identifier: Apache-2.0

public import SIP

/// Our own OPTIONS to a target (RFC 3261 §11): any answer says that it is alive.
public enum Probe {
    /// Hexadecimal digits behind the magic cookie: number of the target 4, MAC 16.
    static let branchDigits = 20

    /// Writes the probe of target `target`; `sequence` makes Call-ID and CSeq of each probe its own.
    public static func write(target: Int, sequence: UInt64, snapshot: Snapshot, into text: inout ByteWriter) {
        let address = snapshot.targets[target].address
        let listener = snapshot.listeners[snapshot.peers[snapshot.targets[target].peer].listener]
        let mac = TransactionKey.probe(target: target, address: address, key: snapshot.key)
        text.put("OPTIONS sip:")
        text.putHostPort(address)
        text.put(" SIP/2.0\r\nVia: SIP/2.0/UDP ")
        text.put(listener.sentBy)
        text.put(";branch=z9hG4bK")
        text.putHex(UInt64(truncatingIfNeeded: target), digits: 4)
        text.putHex(mac, digits: 16)
        text.put(";rport\r\nMax-Forwards: 70\r\nFrom: <sip:stirrup@")
        text.put(listener.sentBy)
        text.put(">;tag=")
        text.putHex(mac &+ sequence, digits: 16)
        text.put("\r\nTo: <sip:")
        text.putHostPort(address)
        text.put(">\r\nCall-ID: ")
        text.putHex(mac ^ sequence, digits: 16)
        text.put("@stirrup\r\nCSeq: ")
        text.putDecimal(sequence & 0x7FFF_FFFF)
        text.put(" OPTIONS\r\nContent-Length: 0\r\n\r\n")
    }
}
