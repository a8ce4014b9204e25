// SPDX-License-Identifier: Apache-2.0
//
// From the file to the values: text, YAML nodes, sections. Each step reports all that it finds, and a configuration comes out
// only where nothing was found.

/// Reads configurations (INTERFACE §2).
public enum ConfigurationFile {
    /// The configuration in a file, or everything that is wrong with it. The files that it names are not opened.
    public static func read(path: String) throws(ConfigurationFaults) -> Configuration {
        let start = Configuration.Position(file: path, line: 1, column: 1)
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path: path, limit: 64 << 20)
        } catch {
            throw ConfigurationFaults([ConfigurationFault(start, error.message)])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationFaults([ConfigurationFault(start, "not YAML: the file is not UTF-8")])
        }
        return try read(text: text, path: path)
    }

    /// The same for the text of a file that would be at `path`.
    public static func read(text: String, path: String) throws(ConfigurationFaults) -> Configuration {
        let file = FileReading(file: path)
        var configuration: Configuration?
        if let root = file.compose(text) {
            let document = ValueReader(
                node: root, name: "configuration", keyPosition: file.position(root), file: file)
            configuration = document.mapping { Sections($0, of: path).configuration() }
        }
        guard let configuration, file.faults.isEmpty else { throw ConfigurationFaults(file.sortedFaults) }
        return configuration
    }
}
