// SPDX-License-Identifier: Apache-2.0
//
// ACK and BYE of a call, written from the response that they follow.

import SIP

/// Writes ACK and BYE.
struct DialogRequests {
    let source: TransportAddress
    /// The proxy under test.
    let target: TransportAddress

    /// ACK to a final response of 300 or above (RFC 3261 §17.1.1.3): a part of the INVITE's transaction, so that Request-URI
    /// and branch are the INVITE's. `requestURI` is that.
    func writeRefusalACK(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, branch: [UInt8], requestURI: [UInt8],
        into output: inout ByteWriter
    ) {
        output.reset()
        output.put("ACK ")
        output.put(requestURI)
        putVia(branch, "", into: &output)
        putDialog(index, bytes, into: &output)
        output.put("CSeq: ")
        output.putDecimal(UInt64(index.cseqNumber))
        output.put(" ACK\r\nContent-Length: 0\r\n\r\n")
    }

    /// A request within the dialog that a 2xx response has made (§12.2.1.1): the route set is its Record-Route in reverse order,
    /// the remote target its Contact. Returns where it goes: to the first route, or where there is none to the proxy under
    /// test, which is our outbound proxy (§8.1.2): an answering side that copies no Record-Route, as sipp's, knows no other.
    func write(
        _ method: Method, cseq: UInt32, _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, branch: [UInt8],
        into output: inout ByteWriter
    ) -> TransportAddress {
        output.reset()
        let contact = index.firstField(.contact).flatMap { NameAddr(bytes, index.fields[$0].value) }
        let routes = Self.routes(index, bytes)
        output.put(method.name)
        output.put(" ")
        output.put(bytes, contact?.uri.whole ?? index.to.uri.whole)
        putVia(branch, method == .ack ? "a" : "b", into: &output)
        for route in routes {
            output.put("Route: ")
            output.put(bytes, route.value)
            output.put("\r\n")
        }
        putDialog(index, bytes, into: &output)
        output.put("CSeq: ")
        output.putDecimal(UInt64(cseq))
        output.put(" ")
        output.put(method.name)
        output.put("\r\nContent-Length: 0\r\n\r\n")
        return routes.first?.uri.destination(bytes) ?? target
    }

    private static func routes(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>) -> [NameAddr] {
        var routes: [NameAddr] = []
        var field = index.firstField(.recordRoute)
        while let number = field {
            var rest = index.fields[number].value
            while let route = NameAddr(bytes, rest) {
                routes.append(route)
                guard route.next > 0 else { break }
                rest = ByteRange(Int(route.next), rest.end)
            }
            field = index.nextField(.recordRoute, after: number)
        }
        return routes.reversed()
    }

    private func putVia(_ branch: [UInt8], _ suffix: StaticString, into output: inout ByteWriter) {
        output.put(" SIP/2.0\r\nVia: SIP/2.0/UDP ")
        output.putHostPort(source)
        output.put(";rport;branch=z9hG4bK")
        output.put(branch)
        output.put(suffix)
        output.put("\r\nMax-Forwards: 70\r\n")
    }

    private func putDialog(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>, into output: inout ByteWriter) {
        for i in 0..<index.fieldCount {
            switch index.fields[i].name {
            case .from, .to, .callID: output.put(bytes, index.fields[i].whole)
            default: break
            }
        }
    }
}
