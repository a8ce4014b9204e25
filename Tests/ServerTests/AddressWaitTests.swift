// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net
import StirrupConfiguration
import Testing

@testable import Server

/// An address of `listen` that is not there yet at boot is waited for.
@Suite struct AddressWaitTests {
    @Test("an address that does not come ends the start with its name, after so long and not before")
    func absent() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "stirrup.yaml",
            """
            listen: { outside: { address: "192.0.2.77:5060" } }
            secret: \(folder.file("secret"))
            peers:
              carrier: { role: carrier, listen: outside, sources: [198.51.100.5], targets: ["198.51.100.5:5060"], probe: 0 }
            """)
        let prepared = try SnapshotBuilder.prepare(try ConfigurationFile.read(path: folder.file("stirrup.yaml")))
        for seconds in [0, 0.5] {
            let began = Date()
            let error = #expect(throws: SystemError.self) { try Server(prepared, waitingForAddresses: seconds) }
            #expect(error?.description.contains("192.0.2.77:5060") == true)
            #expect(Date().timeIntervalSince(began) >= seconds)
        }
    }
}
