// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Demo

@Suite struct DemoFolderTests {
    @Test func isItsOwnersAloneAndGoesAway() throws {
        let folder = try DemoFolder()
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        try folder.write([1, 2], to: "a/b")
        #expect(FileManager.default.contents(atPath: folder.file("a/b")) == Data([1, 2]))
        folder.remove()
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}
