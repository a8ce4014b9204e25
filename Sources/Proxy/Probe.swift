// SPDX-License-Identifier: Apache-2.0

public import SIP

/// Our own OPTIONS to a target (RFC 3261 §11): any answer but 503 says that it is up.
public enum Probe {
    /// Hexadecimal digits behind the magic cookie: the target's number 4, the probe's 8, MAC 16.
    static let branchDigits = 28

    /// Writes a probe of target `target`. Its `number` makes branch, Call-ID, tag and CSeq its own: with the branch of an earlier
    /// one it would be a retransmission of that (RFC 3261 §8.1.1.7), which some answer with 400.
    public static func write(target: Int, number: UInt32, snapshot: Snapshot, into text: inout ByteWriter) {
        let address = snapshot.targets[target].address
        let listener = snapshot.listeners[snapshot.peers[snapshot.targets[target].peer].listener]
        let mac = TransactionKey.probe(number, target: target, address: address, key: snapshot.key)
        text.put("OPTIONS sip:")
        text.putHostPort(address)
        text.put(" SIP/2.0\r\nVia: SIP/2.0/UDP ")
        text.put(listener.sentBy)
        text.put(";branch=z9hG4bK")
        text.putHex(UInt64(truncatingIfNeeded: target), digits: 4)
        text.putHex(UInt64(number), digits: 8)
        text.putHex(mac, digits: 16)
        text.put(";rport\r\nMax-Forwards: 70\r\nFrom: <sip:stirrup@")
        text.put(listener.sentBy)
        text.put(">;tag=")
        text.putHex(mac >> 32, digits: 8)
        text.put("\r\nTo: <sip:")
        text.putHostPort(address)
        text.put(">\r\nCall-ID: ")
        text.putHex(mac &* 0x9E37_79B9_7F4A_7C15, digits: 16)
        text.put("@stirrup\r\nCSeq: ")
        text.putDecimal(UInt64(number & 0x7FFF_FFFF))
        text.put(" OPTIONS\r\nContact: <sip:stirrup@")
        text.put(listener.sentBy)
        text.put(">\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n")
    }
}
