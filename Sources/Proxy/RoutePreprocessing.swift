// SPDX-License-Identifier: Apache-2.0
//
// RFC 3261 §16.4: a strict router upstream may have put our Record-Route into the Request-URI; Route values that are ours
// are taken off, with double Record-Route both at once (RFC 5658 §5); so is a `maddr` of ours.

import SIP

/// What the Route header fields of a request come to.
struct RoutePlan {
    /// The dialog that our own Record-Route proves this request to belong to.
    private(set) var dialog: DialogToken?
    /// Our own values of the route set, the first two: what stood in the Record-Route.
    private(set) var ownRoutes = (first: ByteRange.none, second: ByteRange.none)
    /// The first Route value that is not ours.
    var nextRoute: SIPURI?
    /// The Request-URI once a strict router's exchange is undone.
    var requestURI: SIPURI
    /// The Request-URI's `maddr` is ours: it goes, and port and transport with it.
    var isMaddrStripped = false
    /// Whether the Request-URI is replaced by the last Route value.
    var isStrictRouted = false
    /// The next hop is a strict router: its URI goes into the Request-URI, which becomes the last Route value.
    var isNextStrict = false
    /// How many Route values are removed from the top.
    var popped = 0
    /// Whether a Route value cannot be read.
    var isMalformed = false

    private static let maximumPops = 8

    /// The plan for the request in `index`, at a time in Unix seconds.
    init(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot, at seconds: Int64
    ) {
        requestURI = index.requestURI
        if !requestURI.parameters.isEmpty { stripOwnMaddr(bytes, snapshot) }
        guard let firstField = index.firstField(.route) else { return }
        let dialogs = DialogReader(sender: snapshot.peers[arrival.peer].label, snapshot: snapshot, seconds: seconds)
        if let token = dialogs.token(index, bytes, index.requestURI), let last = Self.lastValue(index, bytes) {
            dialog = token
            note(index.requestURI)
            requestURI = last.uri
            isMaddrStripped = false
            isStrictRouted = true
        }
        var field: Int? = firstField
        while let number = field {
            let value = index.fields[number].value
            var start = value.start
            repeat {
                // Headers in a Route's URI would become headers in the Request-URI (RFC 3261 §19.1.1, table 1).
                guard let route = NameAddr(bytes, ByteRange(start, value.end)), route.uri.headers.isEmpty else {
                    isMalformed = true
                    return
                }
                if isStrictRouted, route.uri.whole == requestURI.whole { return }
                guard snapshot.isOwn(bytes, route.uri), popped < Self.maximumPops else {
                    nextRoute = route.uri
                    return
                }
                if dialog == nil { dialog = dialogs.token(index, bytes, route.uri) }
                note(route.uri)
                popped &+= 1
                start = Int(route.next)
            } while start != 0
            field = index.nextField(.route, after: number)
        }
    }

    /// Whether the request belongs to a dialog that we let in. Without a To tag it begins something (RFC 3261 §12.2.2), but for
    /// what nobody sends outside of a dialog: an end of RFC 2543 gives itself no tag.
    func isInDialog(_ index: borrowing MessageIndex) -> Bool {
        guard dialog != nil else { return false }
        if index.to.hasTag { return true }
        return switch index.method {
        case .ack, .bye, .prack, .update, .info: true
        default: false
        }
    }

    /// Whether anything of this changes the message.
    var isEdit: Bool { popped > 0 || isStrictRouted || isMaddrStripped }

    /// Where the request asks to be sent: its Route, else its Request-URI; nil for a name.
    func destination(_ bytes: Span<UInt8>) -> TransportAddress? {
        if let nextRoute { return nextRoute.destination(bytes) }
        return isMaddrStripped ? requestURI.address(bytes) : requestURI.destination(bytes)
    }

    private mutating func stripOwnMaddr(_ bytes: Span<UInt8>, _ snapshot: Snapshot) {
        guard requestURI.parameter(bytes, "maddr") != nil, let address = requestURI.destination(bytes),
            snapshot.isOwn(address)
        else { return }
        requestURI.port = 0
        isMaddrStripped = true
    }

    /// The plan once the next hop is known: a Route that leads there without `lr` is a strict router's (RFC 3261 §16.6 step 6).
    func toward(_ hop: NextHop, _ bytes: Span<UInt8>) -> RoutePlan {
        guard let route = nextRoute, route.destination(bytes) == hop.address, route.parameter(bytes, "lr") == nil else {
            return self
        }
        var plan = self
        plan.isNextStrict = true
        plan.popped &+= 1
        return plan
    }

    private mutating func note(_ own: SIPURI) {
        if ownRoutes.first.isEmpty {
            ownRoutes.first = own.whole
        } else if ownRoutes.second.isEmpty {
            ownRoutes.second = own.whole
        }
    }

    private static func lastValue(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>) -> NameAddr? {
        var last: NameAddr?
        var field = index.firstField(.route)
        while let number = field {
            let value = index.fields[number].value
            var start = value.start
            repeat {
                guard let route = NameAddr(bytes, ByteRange(start, value.end)), route.uri.headers.isEmpty else { return nil }
                last = route
                start = Int(route.next)
            } while start != 0
            field = index.nextField(.route, after: number)
        }
        return last
    }
}

/// Reads the proof of a dialog in URIs of ours.
private struct DialogReader {
    /// The label of the peer that sends the request.
    let sender: UInt16
    let snapshot: Snapshot
    /// Now, in Unix seconds.
    let seconds: Int64

    /// The token in a URI if it is authentic, for this sender and dialog, and proves today what this method needs.
    func token(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>, _ uri: SIPURI) -> DialogToken? {
        guard snapshot.isOwn(bytes, uri) else { return nil }
        return token(index, bytes, uri.parameter(bytes, DialogToken.parameterName))
            ?? token(index, bytes, uri.parameter(bytes, DialogToken.otherParameterName))
    }

    private func token(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>, _ value: ByteRange?) -> DialogToken? {
        guard let value, let token = authentic(index, bytes, value), token.kind.admits(index.method),
            seconds <= token.began &+ snapshot.longestCall
        else { return nil }
        return token
    }

    private func authentic(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>, _ value: ByteRange) -> DialogToken? {
        if let token = DialogToken(index, bytes, value, sender: sender, key: snapshot.key) { return token }
        for earlier in snapshot.acceptedKeys {
            if let token = DialogToken(index, bytes, value, sender: sender, key: earlier) { return token }
        }
        return nil
    }
}

extension MessageEdits {
    /// Takes off the Route values that `plan` says, and puts the last one into the Request-URI for a strict router.
    mutating func applyRoutePlan(_ plan: RoutePlan, _ index: borrowing MessageIndex, _ bytes: Span<UInt8>) {
        if plan.isNextStrict || plan.isStrictRouted {
            let uri = plan.isNextStrict ? plan.nextRoute ?? plan.requestURI : plan.requestURI
            open(at: index.requestURI.whole.start, removing: index.requestURI.whole.count)
            text.put(bytes, uri.whole)
            close()
        } else if plan.isMaddrStripped {
            removeMaddr(index.requestURI, bytes)
        }
        if plan.isNextStrict {
            open(at: index.headersEnd)
            text.put("Route: <")
            text.put(bytes, plan.requestURI.whole)
            text.put(">\r\n")
            close()
        }
        var left = plan.popped
        var field = index.firstField(.route)
        while let number = field {
            let whole = index.fields[number]
            var start = whole.value.start, keptFrom = start, isKept = false
            repeat {
                guard let route = NameAddr(bytes, ByteRange(start, whole.value.end)) else { return }
                let isTarget = plan.isStrictRouted && route.uri.whole == plan.requestURI.whole
                let isPopped = left > 0 || isTarget
                left &-= left > 0 ? 1 : 0
                if !isPopped {
                    if !isKept { keptFrom = start }
                    isKept = true
                } else if isKept {
                    // The last value of a row of which others stay: with the comma in front of it.
                    removeBackToComma(bytes, route.value)
                }
                start = Int(route.next)
            } while start != 0
            if !isKept {
                remove(whole.whole)
            } else if keptFrom > whole.value.start {
                remove(ByteRange(whole.value.start, keptFrom))
            }
            field = index.nextField(.route, after: number)
        }
    }

    /// `maddr`, a port that is not the default, and `transport` (RFC 3261 §16.4).
    private mutating func removeMaddr(_ uri: SIPURI, _ bytes: Span<UInt8>) {
        if uri.port != 0, uri.port != 5060 { remove(ByteRange(uri.host.end, uri.parameters.start)) }
        var i = uri.parameters.start
        while i < uri.parameters.end {
            let next = bytes.find(UInt8(ascii: ";"), from: i &+ 1, to: uri.parameters.end)
            let name = ByteRange(i &+ 1, bytes.find(UInt8(ascii: "="), from: i &+ 1, to: next))
            if bytes.equalsIgnoringCase(name, "maddr") || bytes.equalsIgnoringCase(name, "transport") {
                remove(ByteRange(i, next))
            }
            i = next
        }
    }

    private mutating func removeBackToComma(_ bytes: Span<UInt8>, _ value: ByteRange) {
        var start = value.start
        while start > 0, isWhiteSpace(bytes[start &- 1]) { start &-= 1 }
        if start > 0, bytes[start &- 1] == UInt8(ascii: ",") { start &-= 1 }
        remove(ByteRange(start, value.end))
    }
}
