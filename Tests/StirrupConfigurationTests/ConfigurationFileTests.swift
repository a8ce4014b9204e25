// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP
import StirrupConfiguration
import Testing

@Suite struct ConfigurationFileTests {
    @Test("The smallest configuration has the defaults of INTERFACE §2")
    func smallestHasDefaults() throws {
        let configuration = try read(smallest)
        #expect(configuration.path == "/etc/stirrup/stirrup.yaml")
        #expect(configuration.workers == nil)
        #expect(configuration.secret == nil)
        #expect(configuration.routes.isEmpty)
        #expect(configuration.numbers.country.description == "1")
        #expect(configuration.numbers.own.isEmpty)
        #expect(configuration.verification == nil)
        #expect(configuration.signing == nil)
        #expect(configuration.policy.mode == .enforce)
        #expect(configuration.policy.rules.isEmpty)
        #expect(configuration.callLog == .off)
        #expect(configuration.admin.http == nil)
    }

    @Test("conf/stirrup.yaml reads without faults, and so do the files that it names")
    func shippedConfiguration() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appendingPathComponent("conf/stirrup.yaml").path
        let configuration = try ConfigurationFile.read(path: path)
        #expect(configuration.peers.map(\.name) == ["carrier-a", "pbx"])
        for list in configuration.lists {
            switch list.kind {
            case .numbers: #expect(try NumberListFile.read(path: list.source.location).count > 0)
            case .networks: #expect(try !NetworkListFile.read(path: list.source.location).isEmpty)
            case .scores: #expect(try !ScoreListFile.read(path: list.source.location).numbers.isEmpty)
            case .tokens: #expect(try !TokenListFile.read(path: list.source.location).isEmpty)
            }
        }
        for case .file(let file) in configuration.numbers.own {
            #expect(try NumberListFile.read(path: file.path).count > 0)
        }
    }

    @Test("An empty file, and one of comments only, is no configuration", arguments: ["", "# nothing\n", "---\n...\n"])
    func emptyFile(text: String) {
        #expect(!faults(text).isEmpty)
        #expect(faults("") == ["1:1 there is no configuration in this file"])
    }

    @Test("A file that is not there is a fault of itself")
    func missingFile() {
        let found = lines { () throws(ConfigurationFaults) in
            _ = try ConfigurationFile.read(path: "/nonexistent/x.yaml")
        }
        #expect(found == ["1:1 cannot read \"/nonexistent/x.yaml\": No such file or directory"])
    }

    @Test("A file that is not UTF-8 is a fault")
    func notUTF8() throws {
        let found = try withFile([0xFF, 0xFE, 0x41]) { path in
            lines { () throws(ConfigurationFaults) in _ = try ConfigurationFile.read(path: path) }
        }
        #expect(found == ["1:1 not YAML: the file is not UTF-8"])
    }

    @Test("YAML syntax errors carry their line")
    func syntaxErrors() throws {
        #expect(faults("listen:\n\toutside: x\n").first?.hasPrefix("2:1 not YAML: ") == true)
        let open = try #require(faults("listen:\n  outside: { address: 127.0.0.1:5060\npeers: [\n").first)
        #expect(open.hasPrefix("3:") || open.hasPrefix("2:"), "\(open)")
        #expect(faults("listen: *nobody\n") == ["1:9 not YAML: found undefined alias"])
        #expect(faults("a: 1\n---\nb: 2\n").first?.contains("another document") == true)
        #expect(faults("listen: \u{1}\n").first?.hasPrefix("1:9 not YAML: control characters") == true)
    }

    @Test("A document that is not a mapping is a fault")
    func notAMapping() {
        #expect(faults("- a\n") == ["1:1 \"configuration\" takes keys and values, not a list"])
        #expect(faults("hello\n") == ["1:1 \"configuration\" takes keys and values, not a single value"])
    }

    @Test("Faults print as FILE:LINE:COLUMN: error: MESSAGE")
    func faultText() throws {
        let error = try #require(throws: ConfigurationFaults.self) {
            try ConfigurationFile.read(text: "", path: "a.yaml")
        }
        #expect(error.description == "a.yaml:1:1: error: there is no configuration in this file")
    }

    @Test("Paths are seen from the folder of the configuration")
    func paths() throws {
        let configuration = try read(smallest + "secret: keys/secret\nlog: { calls: /var/log/calls }\n")
        #expect(configuration.secret?.path == "/etc/stirrup/keys/secret")
        #expect(configuration.secret?.position.line == 13)
        guard case .file(let log) = configuration.callLog else { throw ConfigurationFaults([]) }
        #expect(log.path == "/var/log/calls")
        #expect(try ConfigurationFile.read(text: smallest + "secret: s\n", path: "here.yaml").secret?.path == "s")
    }

    @Test("Ten faults are ten lines, each on its own")
    func allAtOnce() {
        let text =
            smallest.replacing("role: carrier", with: "role: carier").replacing("/28", with: "/33") + """
                workers: few
                stir:
                  verify:
                    trust: [trust/]
                    fresness: 60s
                    replay_limit: many
                    certificates: { limit: 64 elephants }
                lists:
                  dno: { kind: colours, source: dno.txt }
                policy:
                  mode: enforced
                  rules:
                    - { name: a, when: { verstat: maybe, caller: { list: dno } }, then: { reject: 200 } }
                polcy: {}
                """
        let found = faults(text).map { $0.split(separator: " ", maxSplits: 1)[0] }
        #expect(
            found == ["6:11", "8:15", "13:10", "17:5", "18:19", "19:28", "21:16", "23:9", "25:35", "25:83", "26:1"])
    }

    @Test("Scalars stay text: NO, off, numbers, dates, null")
    func scalarsAreText() throws {
        let configuration = try read(
            smallest.replacing("carrier-a", with: "NO").replacing("pbx:", with: "0x10:") + """
                policy:
                  rules:
                    - { name: off, when: { peer: [NO, 0x10], caller: +12025550142 }, then: { reject: 403, reason: null } }
                    - { name: 2001-01-01, then: { tag: { headers: { X-Yes: yes, X-Number: 0100, X-Float: 1e3 } } } }
                """)
        #expect(configuration.peers.map(\.name) == ["NO", "0x10"])
        #expect(configuration.policy.rules.map(\.name) == ["off", "2001-01-01"])
        guard case .reject(let rejection) = configuration.policy.rules[0].then,
            case .tag(let tag) = configuration.policy.rules[1].then
        else { throw ConfigurationFaults([]) }
        #expect(rejection.reason == "null")
        #expect(tag.headers.map(\.value.pieces) == [[.literal("yes")], [.literal("0100")], [.literal("1e3")]])
        #expect(configuration.policy.rules[0].when.caller == [.pattern(.number(try number("+12025550142")))])
    }
}
