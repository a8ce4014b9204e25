// SPDX-License-Identifier: Apache-2.0
//
// What the report looks for: how each finding is defined, and what helps.

extension Finding {
    /// What a finding is about.
    enum Kind: String, CaseIterable, Sendable, Encodable {
        /// Our clock, trust anchors or access to certificate servers are at fault.
        case verificationTrouble = "verification-trouble"
        /// Own numbers as callers from outside, not signed for.
        case ownNumberSpoofed = "own-number-from-outside"
        /// Our side called back who only wanted to be called back.
        case callbackToBait = "callback-to-bait"
        /// Calls of our side to costly destinations.
        case costlyDestination = "costly-destinations"
        /// Calls whose signature failed.
        case failedSignature = "failed-signatures"
        /// Own numbers are shown by calls that we did not place.
        case strangersCallBack = "callbacks-from-strangers"
        /// One-ring calls that nobody called back.
        case oneRing = "one-ring-calls"
        /// One caller calls many of our numbers.
        case probing = "number-probing"
        /// Calls to numbers that do not exist.
        case unallocated = "unallocated-numbers"
        /// Callees one after the other.
        case sequential = "sequential-dialling"
        /// Calls that end soon after they are answered.
        case shortCalls = "short-calls"
        /// One caller in two places.
        case distantPlaces = "same-caller-elsewhere"
        /// A signer whose calls fail or are turned away.
        case signer = "signers-to-watch"
        /// Own numbers from outside with a signature that passed.
        case ownNumberSigned = "own-number-signed-by-others"

        /// A headline.
        var title: String {
            switch self {
            case .verificationTrouble: "Verification fails for most signed calls: look at our side first"
            case .ownNumberSpoofed: "Own numbers as callers from outside"
            case .callbackToBait: "Callbacks to numbers that only rang (wangiri)"
            case .costlyDestination: "Premium and toll-fraud destinations"
            case .failedSignature: "Callers whose signature failed"
            case .strangersCallBack: "Strangers call back: a number of ours is shown by calls that are not ours"
            case .oneRing: "One-ring calls that want to be called back"
            case .probing: "One caller, many numbers"
            case .unallocated: "Calls to numbers that do not exist"
            case .sequential: "Sequential dialling"
            case .shortCalls: "Very short calls"
            case .distantPlaces: "The same caller in two places at a time"
            case .signer: "Signers whose calls fail or are turned away"
            case .ownNumberSigned: "Own numbers from outside, signed by others"
            }
        }

        /// What exactly counts.
        func counted(_ t: Thresholds) -> String {
            switch self {
            case .verificationTrouble:
                "Hours with \(t.trouble) or more signed calls of which at least half failed for the same one of: stale, "
                    + "unsupported-credential, bad-info, certificate unavailable."
            case .ownNumberSpoofed: "Calls from outside whose caller is an own number and whose verstat is not passed."
            case .callbackToBait:
                "Calls of our side to a number that had called within \(t.callbackWithin / 3_600_000) h before and never held a "
                    + "conversation: it rang for at most \(t.ring) s or was answered for at most \(t.answer) s, where the log tells. "
                    + "It is a costly number, or rang \(t.bait) or more of ours."
            case .costlyDestination:
                "Calls that do not come from outside to numbers that are premium or high-risk in the words of rules, or named by "
                    + "--costly. Night is 22 to 6 o'clock."
            case .failedSignature: "Calls from outside whose verstat is failed, by the caller that they show."
            case .strangersCallBack:
                "Own numbers that in one hour were called by \(t.strangers) or more different callers whom our side had not called "
                    + "before, \(Int(t.strangersFactor)) times as many as in their other hours."
            case .oneRing:
                "Callers as those of callbacks to bait, whom nobody called back; only where a log tells how long it rang."
            case .probing:
                "Callers from outside that called \(t.fanOut) or more different numbers within one hour, unless more than half of "
                    + "the calls were answered for longer than \(t.short) s."
            case .unallocated:
                "Callers and addresses with \(t.unallocated) or more calls that ended as the number does not exist: 404, 484, 485 "
                    + "or 604, UNALLOCATED_NUMBER and its kin."
            case .sequential:
                "Callers whose callees were the next number up or down, \(t.run) or more times in a row, and addresses with "
                    + "\(t.sourceRun) or more, at most \(t.runPause / 60_000) min apart."
            case .shortCalls:
                "Callers from outside with \(t.shortCalls) or more calls answered for at most \(t.short) s, at least half of their "
                    + "answered calls."
            case .distantPlaces:
                "Callers from outside that within \(t.placesWithin / 60_000) min called different numbers by different peers or "
                    + "signers, \(t.placeChanges) or more times; the same callee by another peer is a second attempt, and does not count."
            case .signer:
                "Service provider codes with \(t.signer) or more calls of which at least half failed or were turned away."
            case .ownNumberSigned: "Calls from outside whose caller is an own number and whose verstat is passed."
            }
        }

        /// What helps.
        var remedy: String {
            switch self {
            case .verificationTrouble:
                "Many signers do not break at once. stale: set this host's clock. unsupported-credential: renew the trust anchors "
                    + "(stir.verify.trust). bad-info or unavailable: see whether certificate servers can be reached."
            case .ownNumberSpoofed: "Reject them; forwards by others keep a signature that passes."
            case .callbackToBait:
                "Tell who called back not to; put these numbers on a list, and reject calls to them and from them."
            case .costlyDestination:
                "Find out whose extension it is, change its password, and bar such destinations, other countries by a list."
            case .failedSignature: "Reject them with the status code of RFC 8224."
            case .strangersCallBack:
                "No rule here stops calls elsewhere. Sign all calls, tell the carrier, and if the number never calls, have it put on "
                    + "do-not-originate lists; send the rush to an announcement."
            case .oneRing: "Put these numbers on a list, so that they no longer ring and cannot be called back."
            case .probing: "Limit how often one caller may call."
            case .unallocated: "Who calls numbers that do not exist looks for those that do: limit or drop the source."
            case .sequential: "Limit how often one caller or address may call."
            case .shortCalls: "Limit or challenge these callers: put them on a list of scores."
            case .distantPlaces: "Believe the caller only where the signature passed with A."
            case .signer: "Put the codes on a list of tokens; ask the carrier to trace their calls back."
            case .ownNumberSigned:
                "Forwarded calls and roaming staff look so. If the signer is neither, report it: it attests a number that is not its "
                    + "customer's."
            }
        }

        /// A rule that stops such calls.
        var rule: String {
            switch self {
            case .verificationTrouble, .ownNumberSigned: ""
            case .ownNumberSpoofed:
                "{ name: own-number-from-outside, when: { from: carrier, caller: own, verstat: [failed, absent, unavailable] }, "
                    + "then: { reject: 603, reason: \"Decline\" } }"
            case .callbackToBait: "{ name: no-callback, when: { from: pbx, callee: { list: bait } }, then: { reject: 403 } }"
            case .costlyDestination:
                "{ name: costly, when: { from: pbx, callee: high-risk }, then: { reject: 403 } }"
            case .failedSignature: "{ name: bad-signature, when: { verstat: failed }, then: reject }"
            case .strangersCallBack:
                "{ name: rush, when: { callee: \"+12025550100\", rate: { per: callee, over: 20/min } }, then: { divert: announcement } }"
            case .oneRing: "{ name: bait, when: { from: carrier, caller: { list: bait } }, then: { reject: 603+ } }"
            case .probing, .sequential:
                "{ name: probing, when: { from: carrier, rate: { per: caller, over: 10/min } }, then: { reject: 603 } }"
            case .unallocated: "{ name: probing-address, when: { rate: { per: source, over: 60/min } }, then: drop }"
            case .shortCalls: "{ name: reputation, when: { score: \">= 80\" }, then: { reject: 603+ } }"
            case .distantPlaces:
                "{ name: not-vouched-for, when: { from: carrier, verstat: [absent, unavailable] }, then: { tag: { display_name: \"[Unverified] \" } } }"
            case .signer: "{ name: signers, when: { signer: { list: signers } }, then: { reject: 603+ } }"
            }
        }
    }
}
