// SPDX-License-Identifier: Apache-2.0

import SIP

/// The configuration that the proxy of the demo runs with: a small version of conf/stirrup.yaml.
struct DemoConfiguration {
    let outside: TransportAddress
    let inside: TransportAddress
    let carrier: TransportAddress
    let pbx: TransportAddress
    /// The URL of the PBX's own certificate.
    let certificate: String

    /// The file's text.
    var text: String { topology + signatures + policy }

    private var topology: String {
        """
        # The configuration of `stirrup demo`; conf/stirrup.yaml has every key and what it means.

        listen:
          outside: { address: "\(outside)" }     # towards the carrier
          inside: { address: "\(inside)" }      # towards the PBX
        workers: 2
        secret: secret

        peers:
          carrier: { role: carrier, listen: outside, sources: ["\(carrier)"], targets: ["\(carrier)"] }
          pbx: { role: pbx, listen: inside, sources: ["\(pbx)"], targets: ["\(pbx)"] }

        numbers:
          country: "1"
          own: ["\(Scenario.ownNumbers)"]


        """
    }

    private var signatures: String {
        """
        stir:
          verify:                                 # calls from the carrier are verified
            trust: [trust/]
            certificates:
              cache: certificates
              timeout: 15s                        # far above the default: this machine may have better things to do
              hold: 15s
              schemes: [http]                     # in a lab only: elsewhere https, public addresses, ports 443 and 8443
              private_addresses: allow
              ports: []
          sign:                                   # calls from the PBX are signed
            certificate: \(certificate)
            chain: office.pem
            key: office.key
            attestation:
              - { attest: A, caller: own }
              - { attest: B }


        """
    }

    private var policy: String {
        """
        lists:
          blocked: { kind: numbers, source: blocked.txt }

        redress: { url: "https://example.com/blocked" }

        policy:
          rules:                                  # in order; the first that rejects decides
            - name: blocked
              when: { from: carrier, caller: { list: blocked } }
              then: { reject: 603+ }
            - name: own-number                    # our own calls do not come from the carrier
              when: { from: carrier, caller: own, verstat: [failed, absent, unavailable] }
              then: { reject: 603, reason: "Decline" }
            - name: bad-signature
              when: { verstat: failed }
              then: reject                        # with the status code of RFC 8224 for what is wrong
            - name: unsigned
              when: { from: carrier, verstat: [absent, unavailable] }
              then: { tag: { display_name: "[Unverified] ", headers: { X-Stirrup-Tag: unsigned } } }

        log:
          calls: calls.jsonl

        """
    }
}
