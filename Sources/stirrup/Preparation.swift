// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Server
import StirrupConfiguration

/// Reading a configuration for a command: its faults go to standard error, and the command ends with status 2.
enum Preparation {
    static func prepare(_ path: String) throws -> PreparedConfiguration {
        do {
            return try SnapshotBuilder.prepare(try ConfigurationFile.read(path: path))
        } catch {
            writeLine("\(error)")
            throw ExitCode(2)
        }
    }
}

/// Writes a line to standard error.
func writeLine(_ text: String) { writeToStandardError(text.hasSuffix("\n") ? text : text + "\n") }
