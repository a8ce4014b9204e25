// SPDX-License-Identifier: Apache-2.0
//
// Files of networks: lists of kind `networks`.

/// Reads files of IP addresses and networks, one a line, with `#` comments.
public enum NetworkListFile {
    /// The networks of a file, whose `port` is nil, or everything that is wrong with it; `namer` is the place that names the
    /// file, whose fault it is if the file cannot be read.
    public static func read(
        path: String, namedAt namer: Configuration.Position? = nil
    ) throws(ConfigurationFaults) -> [SourceNetwork] {
        let lines = try ListLines(path: path, namedAt: namer)
        var networks: [SourceNetwork] = []
        try lines.forEachEntry { line in
            let text = entryText(line)
            do throws(NetworkSyntaxError) {
                let network = try SourceNetwork(parsing: text)
                guard network.port == nil else { return "\(quoted(text)): a list of networks has no ports" }
                networks.append(network)
                return nil
            } catch {
                return error.message(text)
            }
        }
        return networks
    }
}
