// SPDX-License-Identifier: Apache-2.0
//
// Reading `redress`, `log` and `admin`.

import SIP

extension Sections {
    /// What goes into 603+ rejections.
    func readRedress(_ value: ValueReader?, _ plan: TelephoneNumber.Plan) -> Configuration.Redress? {
        value?.mapping { keys in
            let urlValue = keys.optional("url"), url = urlValue?.url(schemes: ["https"])
            if let url, url.contains(";") {
                urlValue?.fault("\(quoted(url)) must not have a \";\": it ends the URL in a Reason header")
            }
            let telephone = keys.optional("tel")?.e164Number(plan)
            if keys.entries.isEmpty { keys.file.fault(keys.position, "\"redress\" needs \"url\" or \"tel\"") }
            return Configuration.Redress(url: url, telephone: telephone)
        }
    }

    /// Where the call log goes.
    func readCallLog(_ value: ValueReader?) -> Configuration.CallLog {
        let log = value?.mapping { keys -> Configuration.CallLog? in
            guard let calls = keys.optional("calls"), let text = calls.text() else { return nil }
            switch text {
            case "off": return .off
            case "stdout": return .standardOutput
            case "journal": return .journal
            default: return calls.path().map { .file($0) }
            }
        }
        return log ?? .off
    }

    /// How operators reach a running proxy.
    func readAdmin(_ value: ValueReader?) -> Configuration.Admin {
        let admin = value?.mapping { keys in
            let http = keys.optional("http")?.address()
            let socketValue = keys.optional("socket"), socket = socketValue?.path()
            // sun_path has 108 bytes, a final NUL included.
            if let socket, socket.path.utf8.count > 107 {
                socketValue?.fault("\(quoted(socket.path)) is too long for a socket: more than 107 bytes")
            }
            return Configuration.Admin(http: http, socket: socket)
        }
        return admin ?? Configuration.Admin(http: nil, socket: nil)
    }
}

extension ValueReader {
    fileprivate func e164Number(_ plan: TelephoneNumber.Plan) -> TelephoneNumber? {
        telephoneNumber("a telephone number such as +12025550199", plan) { $0.isPossible }
    }
}
