// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP

/// A call on its caller's side: INVITE, ACK and, once it was answered, BYE.
struct PlacedCall: Sendable {
    let agent: UserAgent
    /// Where the proxy listens for this caller.
    let proxy: TransportAddress
    let invite: SIPText

    /// The call of a scenario. `identity` is the value of its Identity header, if it has one.
    init(_ scenario: Scenario, by agent: UserAgent, through proxy: TransportAddress, identity: String?) {
        self.agent = agent
        self.proxy = proxy
        let mark = scenario.forgesVerdict ? ";verstat=TN-Validation-Passed" : ""
        let host = UserAgent.loopback.ipDescription
        var invite = SIPText(startLine: "INVITE sip:\(scenario.callee)@\(proxy);user=phone SIP/2.0")
        invite.add("Via", agent.via())
        invite.add("Max-Forwards", "70")
        invite.add("From", "\"\(scenario.name)\" <sip:\(scenario.caller)\(mark)@\(host);user=phone>;tag=\(UserAgent.random(4))")
        invite.add("To", "<sip:\(scenario.callee)@\(host);user=phone>")
        invite.add("Call-ID", "\(UserAgent.random(12))@\(host)")
        invite.add("CSeq", "1 INVITE")
        invite.add("Contact", agent.contact)
        if scenario.forgesVerdict { invite.add("P-Attestation-Indicator", "A") }
        if let identity { invite.add("Identity", identity) }
        invite.add("Content-Type", "application/sdp")
        invite.body = """
            v=0\r\no=\(agent.name) 1 1 IN IP4 \(host)\r\ns=-\r\nc=IN IP4 \(host)\r\nt=0 0\r\n\
            m=audio 49170 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n
            """
        self.invite = invite
    }

    /// Places the call, and hangs up once it was answered. `answer` is the final one; `isOver`: there is no loose end here.
    func run(before deadline: Deadline) async -> (answer: String?, isOver: Bool) {
        guard let final = await agent.request(invite, to: proxy, before: deadline.within(Deadline.patience)),
            let status = final.status
        else { return (nil, false) }
        guard status < 300 else {
            agent.send(acknowledgement(ofRejection: final), to: proxy)
            return (final.answer, true)
        }
        agent.send(inDialog("ACK", sequence: 1, after: final), to: proxy)
        let bye = inDialog("BYE", sequence: 2, after: final)
        let end = await agent.request(bye, to: proxy, before: deadline.within(Deadline.patience))
        return (final.answer, end?.status == 200)
    }

    /// RFC 3261 §17.1.1.3: part of the INVITE's transaction, hence with its branch.
    private func acknowledgement(ofRejection final: SIPText) -> SIPText {
        var request = SIPText(startLine: invite.startLine.replacingOccurrences(of: "INVITE", with: "ACK"))
        for name in ["Via", "Max-Forwards", "From"] { request.copy(name, from: invite) }
        request.copy("To", from: final)
        request.copy("Call-ID", from: invite)
        request.add("CSeq", "1 ACK")
        return request
    }

    /// RFC 3261 §12.2.1.1: to the callee's Contact, along the recorded route from our end.
    private func inDialog(_ method: String, sequence: Int, after final: SIPText) -> SIPText {
        let contact = final.value("Contact").trimmingCharacters(in: CharacterSet(charactersIn: "<>"))
        var request = SIPText(startLine: "\(method) \(contact) SIP/2.0")
        request.add("Via", agent.via())
        request.add("Max-Forwards", "70")
        let recorded = final.values("Record-Route").flatMap { $0.components(separatedBy: ",") }
        for route in recorded.reversed() { request.add("Route", route.trimmingCharacters(in: .whitespaces)) }
        request.copy("From", from: invite)
        request.copy("To", from: final)
        request.copy("Call-ID", from: invite)
        request.add("CSeq", "\(sequence) \(method)")
        return request
    }
}
