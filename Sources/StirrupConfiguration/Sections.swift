// SPDX-License-Identifier: Apache-2.0
//
// The top of a configuration: its sections, and what they refer to in each other. Each section is read in a file of its own.

import SIP

/// The sections of a configuration while they are read.
struct Sections {
    let top: MappingReader
    let path: String
    let listeners: DeclaredNames
    let peers: DeclaredNames
    let lists: DeclaredNames
    private let listenEntries, peerEntries, listEntries: [ValueReader]
    private let workers, secret, routes, numbers, stir, redress, policy, log, admin: ValueReader?

    /// Asks for every section; only then can be told which are missing and which misspelt.
    init(_ top: MappingReader, of path: String) {
        self.top = top
        self.path = path
        let listen = top.required("listen")
        workers = top.optional("workers")
        secret = top.optional("secret")
        let peers = top.required("peers")
        routes = top.optional("routes")
        numbers = top.optional("numbers")
        stir = top.optional("stir")
        let lists = top.optional("lists")
        redress = top.optional("redress")
        policy = top.optional("policy")
        log = top.optional("log")
        admin = top.optional("admin")

        let listenEntries = listen?.declarations("listener"), peerEntries = peers?.declarations("peer")
        let listEntries = lists == nil && !top.isMisspelt("lists") ? [] : lists?.declarations("list")
        if let listen, listenEntries?.isEmpty == true { listen.fault("\"listen\" needs at least one address") }
        if let peers, peerEntries?.isEmpty == true { peers.fault("\"peers\" needs at least one peer") }
        // A section without an entry has its fault already: references to it have none of their own.
        listeners = DeclaredNames(names: listenEntries.flatMap { $0.isEmpty ? nil : $0.map(\.name) })
        self.peers = DeclaredNames(names: peerEntries.flatMap { $0.isEmpty ? nil : $0.map(\.name) })
        self.lists = DeclaredNames(names: listEntries?.map(\.name))
        self.listenEntries = listenEntries ?? []
        self.peerEntries = peerEntries ?? []
        self.listEntries = listEntries ?? []
    }

    /// The configuration; nil, with faults, if a part of it could not be read.
    func configuration() -> Configuration? {
        let listeners = readListeners(listenEntries)
        let peers = readPeers(peerEntries, listeners: listeners)
        let numbers = readNumbers(numbers)
        let lists = readLists(listEntries, numbers.plan)
        let references = References(
            peers: self.peers, lists: self.lists, listKinds: lists.map { $0?.kind }, plan: numbers.plan,
            peersWithoutTarget: Set(peers.indices.filter { peers[$0]?.hasNoTarget ?? false }))
        let routes = routes?.items().compactMap { readRoute($0, references) } ?? []
        let stir = readSTIR(stir, references)
        return Configuration(
            path: path,
            listeners: listeners.compactMap { $0 },
            workers: readWorkers(workers),
            secret: secret?.path(),
            peers: peers.compactMap { $0 },
            routes: routes,
            numbers: numbers,
            verification: stir.verification,
            signing: stir.signing,
            lists: lists.compactMap { $0 },
            redress: readRedress(redress, numbers.plan),
            policy: readPolicy(policy, references),
            callLog: readCallLog(log),
            admin: readAdmin(admin))
    }

    private func readWorkers(_ value: ValueReader?) -> Int? {
        guard let value, value.word != "auto" else { return nil }
        guard let text = value.text() else { return nil }
        if let count = decimal(text, in: 1...256) { return count }
        value.fault("\(quoted(text)) is not a number of threads; accepted: auto, or 1 to 256")
        return nil
    }
}

/// What conditions and routes may refer to.
struct References {
    let peers: DeclaredNames
    let lists: DeclaredNames
    /// The kind of each list; nil where it is faulty.
    let listKinds: [Configuration.ListKind?]
    /// How numbers without `+` are read.
    let plan: TelephoneNumber.Plan
    /// The peers that nothing can be sent to.
    let peersWithoutTarget: Set<Int>
}
