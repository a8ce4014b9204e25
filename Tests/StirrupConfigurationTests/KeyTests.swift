// SPDX-License-Identifier: Apache-2.0
//
// Unknown, missing and repeated keys, wherever they stand.

import Testing

@Suite struct KeyTests {
    @Test("An unknown key is told with the known one that is near")
    func unknownKeyWithHint() {
        let text = """
            stir:
              verify:
                trust: [trust/]
                fresness: 60s
            """
        #expect(faultsBehindSmallest(text) == ["4:5 unknown key \"fresness\"; did you mean \"freshness\"?"])
        #expect(faultsBehindSmallest("polcy: {}\n") == ["1:1 unknown key \"polcy\"; did you mean \"policy\"?"])
        #expect(faultsBehindSmallest("wokrers: 2\n") == ["1:1 unknown key \"wokrers\"; did you mean \"workers\"?"])
    }

    @Test("An unknown key that is near to none is told with all of them")
    func unknownKeyWithoutHint() {
        let found = faultsBehindSmallest("log: { destination: stdout }\n")
        #expect(found == ["1:8 unknown key \"destination\"; known here: calls"])
    }

    @Test("A missing key that is there in another spelling is told once")
    func misspeltRequiredKey() {
        let found = faults(smallest.replacing("    targets:", with: "    target:"))
        #expect(found == ["9:5 unknown key \"target\"; did you mean \"targets\"?"])
    }

    @Test("A missing key is a fault of its mapping")
    func missingKey() {
        #expect(faults(smallest.replacing("    role: carrier\n", with: "")) == ["6:5 \"role\" is missing here"])
        #expect(faults("workers: 2\n") == ["1:1 \"listen\" is missing here", "1:1 \"peers\" is missing here"])
        #expect(faultsBehindSmallest("stir: { verify: {} }\n") == ["1:17 \"trust\" is missing here"])
    }

    @Test("A misspelt section does not make faults of those who refer to it")
    func misspeltSection() {
        let found = faults(smallest.replacing("listen:\n", with: "listn:\n"))
        #expect(found == ["1:1 unknown key \"listn\"; did you mean \"listen\"?"])
        let list =
            "list:\n  dno: { kind: numbers, source: x }\npolicy: { rules: [{ name: a, when: { caller: { list: dno } }, then: drop }] }\n"
        #expect(faultsBehindSmallest(list) == ["1:1 unknown key \"list\"; did you mean \"lists\"?"])
    }

    @Test("A key that stands twice is a fault and hides no other")
    func duplicateKeys() {
        let text = """
            workers: many
            admin: { http: nowhere }
            workers: 2
            policy:
              mode: enforced
              mode: monitor
              "rules": []
              'rules': []
            admin: {}
            workers: 3
            """
        #expect(
            faultsBehindSmallest(text) == [
                "1:10 \"many\" is not a number of threads; accepted: auto, or 1 to 256",
                "2:16 \"nowhere\" is not an IP address with a port, such as 192.0.2.1:5060 or [2001:db8::1]:5060",
                "3:1 \"workers\" is given twice; the first is on line 13",
                "5:9 \"enforced\" is not a mode; one of: enforce, monitor; did you mean \"enforce\"?",
                "6:3 \"mode\" is given twice; the first is on line 17",
                "8:3 \"rules\" is given twice; the first is on line 19",
                "9:1 \"admin\" is given twice; the first is on line 14",
                "10:1 \"workers\" is given twice; the first is on line 13",
            ])
    }

    @Test("Keys that are not plain words and stand twice are told, if not as finely")
    func unusualDuplicateKeys() {
        #expect(faults("&a listen: 1\n&b listen: 2\n").count == 1)
        #expect(faults("? [a]\n: 1\n? [a]\n: 2\n").count == 1)
    }

    @Test("Values of the wrong shape")
    func wrongShape() {
        #expect(faultsBehindSmallest("workers: [2]\n") == ["1:10 \"workers\" takes one value, not a list"])
        #expect(faultsBehindSmallest("workers: { a: b }\n") == ["1:10 \"workers\" takes one value, not a mapping"])
        #expect(faultsBehindSmallest("workers:\n").first?.hasSuffix("\"workers\" has no value") == true)
        #expect(
            faultsBehindSmallest("policy: enforce\n") == ["1:9 \"policy\" takes keys and values, not a single value"])
        #expect(faultsBehindSmallest("policy: { [a]: b }\n").first == "1:11 a key must be a word")
        #expect(faultsBehindSmallest("policy:\nstir:\nlists:\nroutes:\n").isEmpty)
    }
}
