// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Tools

@Suite("Files that were not there")
struct NewFileTests {
    @Test func written() throws {
        let folder = try TemporaryFolder(), path = folder.file("new.key")
        try NewFile.write(Array("key".utf8), to: path, mode: NewFile.keyMode)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "key")
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(message { try NewFile.write([], to: path) }.contains("not overwritten"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "key")
    }

    @Test("a link to nowhere is there")
    func links() throws {
        let folder = try TemporaryFolder(), path = folder.file("link")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder.file("nowhere"))
        #expect(NewFile.exists(path) && !NewFile.exists(folder.file("nowhere")))
        #expect(throws: ToolError.self) { try NewFile.write([1], to: path) }
    }

    @Test("two paths of one file that is not there, however they are written")
    func same() throws {
        let folder = try TemporaryFolder(), path = folder.file("new.key")
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: folder.path)
        for other in [path, folder.file("./new.key"), folder.file("none/../new.key"), folder.file("link/new.key")] {
            #expect(NewFile.isSame(path, other), "\(other)")
        }
        #expect(NewFile.isSame("new.key", "./new.key") && NewFile.isSame("none/new.key", "none//new.key"))
        #expect(!NewFile.isSame(path, folder.file("new.csr")) && !NewFile.isSame("a/new.key", "b/new.key"))
    }

    @Test func noFolder() throws {
        let path = try TemporaryFolder().file("none/new.key")
        #expect(message { try NewFile.write([1], to: path) }.contains("No such file"))
    }
}
