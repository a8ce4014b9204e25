// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Server
import StirrupConfiguration

/// Reading a configuration for a command: its faults go to standard error, and the command ends with status 2.
enum Preparation {
    /// The configuration itself; the files that it names are not opened.
    static func read(_ path: String) throws -> Configuration {
        do {
            return try ConfigurationFile.read(path: path)
        } catch {
            writeLine("\(error)")
            throw ExitCode(2)
        }
    }

    static func prepare(_ path: String) throws -> PreparedConfiguration {
        let configuration = try read(path)
        do {
            return try SnapshotBuilder.prepare(configuration)
        } catch {
            writeLine("\(error)")
            throw ExitCode(2)
        }
    }
}

/// Writes a line to standard error.
func writeLine(_ text: String) { writeToStandardError(text.hasSuffix("\n") ? text : text + "\n") }
