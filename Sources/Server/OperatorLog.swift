// SPDX-License-Identifier: Apache-2.0

import Logging

/// Messages for the operator, on standard error; never one for a message of the network.
public let operatorLog: Logger = {
    var log = Logger(label: "stirrup", factory: { _ in OperatorLogHandler() })
    log.logLevel = .info
    return log
}()

/// Lines of level and text; under systemd the journal adds the time.
struct OperatorLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        writeToStandardError("stirrup: \(event.level): \(event.message)\n")
    }
}
