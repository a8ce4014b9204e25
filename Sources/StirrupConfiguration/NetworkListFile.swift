// SPDX-License-Identifier: Apache-2.0
//
// Files of networks: lists of kind `networks`.

import Foundation

/// Reads files of IP addresses and networks, one a line, with `#` comments; a column of them; or the JSON of APIBAN.
public enum NetworkListFile {
    /// The networks of a file, whose `port` is nil, or everything that is wrong with it; `namer` is the place that names the
    /// file, whose fault it is if the file cannot be read.
    public static func read(
        path: String, _ columns: Configuration.ListColumns = Configuration.ListColumns(),
        namedAt namer: Configuration.Position? = nil
    ) throws(ConfigurationFaults) -> [SourceNetwork] {
        let lines = try ListLines(path: path, namedAt: namer)
        if lines.firstByte == UInt8(ascii: "{") { return try banned(lines) }
        var networks: [SourceNetwork] = []
        try lines.forEachEntry(columns, known: .networks) { line, row in
            switch network(entryText(line.extracting(row.entry))) {
            case .success(let network): networks.append(network)
            case .failure(let error): return error.description
            }
            return nil
        }
        return networks
    }

    private static func network(_ text: String) -> Result<SourceNetwork, ListEntryError> {
        Result { () throws(ListEntryError) in
            guard case .network(let network) = try ListEntry(text, kind: .networks, plan: Configuration.ListColumns().plan)
            else {
                throw ListEntryError(description: "\(quoted(text)) is not a network")
            }
            return network
        }
    }

    /// `{"ipaddress":["192.0.2.1", …], …}`: what https://www.apiban.org delivers.
    private static func banned(_ lines: ListLines) throws(ConfigurationFaults) -> [SourceNetwork] {
        struct Banned: Decodable {
            let ipaddress: [String]
        }
        guard let banned = try? JSONDecoder().decode(Banned.self, from: Data(try lines.all())) else {
            throw lines.fault("this is not JSON with an array \"ipaddress\" of addresses")
        }
        var networks: [SourceNetwork] = [], faults: [ConfigurationFault] = []
        for text in banned.ipaddress {
            switch network(text) {
            case .success(let network): networks.append(network)
            case .failure(let error): faults += lines.fault(error.description).faults
            }
        }
        guard faults.isEmpty else { throw ConfigurationFaults(Array(faults.prefix(ListLines.mostFaults))) }
        return networks
    }
}
