// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a text file.

/// One thing that is wrong, and where.
public struct ConfigurationFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where.
    public let position: Configuration.Position
    /// What, without a final full stop.
    public let message: String

    /// A fault; `message` has no final full stop.
    public init(_ position: Configuration.Position, _ message: String) {
        self.position = position
        self.message = message
    }

    /// The file, as it was named.
    public var file: String { position.file }
    /// The line, from 1.
    public var line: Int { position.line }
    /// The column, from 1.
    public var column: Int { position.column }
    /// `FILE:LINE:COLUMN: error: MESSAGE`.
    public var description: String { "\(position): error: \(message)" }
}

/// Everything that is wrong with a file, in the order of its lines; never empty.
public struct ConfigurationFaults: Error, Sendable, CustomStringConvertible {
    /// The faults.
    public let faults: [ConfigurationFault]

    /// Faults of one file.
    public init(_ faults: [ConfigurationFault]) {
        self.faults = faults
    }

    /// One line for each.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
