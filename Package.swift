// swift-tools-version: 6.2
import PackageDescription

// All targets: what will be the default one day, today.
let common: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]
// The targets that a message runs through: no system call, no clock, no Foundation, and every unsafe line marked.
// Optimised in debug builds too, as their tests hold the budget "no allocation for a relayed message".
let pure: [SwiftSetting] =
    common + [
        .enableExperimentalFeature("Lifetimes"),
        .strictMemorySafety(),
        .unsafeFlags(["-O"], .when(configuration: .debug)),
    ]

// The control plane, which leans on many libraries and re-exports none.
let control: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error)]

let tests: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableExperimentalFeature("Lifetimes"), .treatAllWarnings(as: .error),
]

let package = Package(
    name: "stirrup",
    products: [
        .executable(name: "stirrup", targets: ["stirrup"]),
        .executable(name: "stirload", targets: ["stirload"]),
    ],
    dependencies: [
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        .target(name: "CLinux", linkerSettings: [.linkedLibrary("resolv")]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .target(name: "SIP", swiftSettings: pure),
        .target(
            name: "Credentials",
            dependencies: ["COpenSSL", .product(name: "SwiftASN1", package: "swift-asn1")],
            // P-256 in debug builds is ten times slower, and tests make many tables.
            swiftSettings: common + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        .target(name: "STIR", dependencies: ["SIP", "Credentials"], swiftSettings: pure),
        .target(name: "Policy", dependencies: ["SIP", "STIR"], swiftSettings: pure),
        .target(name: "Proxy", dependencies: ["SIP", "STIR", "Policy"], swiftSettings: pure),
        .target(name: "Net", dependencies: ["CLinux", "SIP"], swiftSettings: common),
        .target(
            name: "StirrupConfiguration", dependencies: ["SIP", .product(name: "Yams", package: "Yams")], swiftSettings: common),
        .target(
            name: "Server",
            dependencies: [
                "StirrupConfiguration", "Credentials", "CSystemd", "Net", "Policy", "Proxy", "SIP", "STIR",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: control),
        .target(
            name: "Demo",
            dependencies: [
                "StirrupConfiguration", "Credentials", "Net", "Server", "SIP", "STIR",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: control),
        .target(
            name: "Tools",
            dependencies: [
                "Credentials", "PlainText", "Policy", "Proxy", "Server", "SIP", "STIR", "StirrupConfiguration",
            ],
            swiftSettings: control),
        .target(name: "PlainText", swiftSettings: common),
        .target(name: "Report", dependencies: ["PlainText", "Policy", "SIP"], swiftSettings: common),
        .executableTarget(
            name: "stirrup",
            dependencies: [
                "StirrupConfiguration", "Credentials", "Demo", "Policy", "Report", "Server", "SIP", "Net", "STIR", "Tools",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: control),
        .target(
            name: "Load",
            dependencies: [
                "Credentials", "Net", "SIP", "STIR",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "stirload",
            dependencies: ["Load", "SIP", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: control),

        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .testTarget(name: "ArchitectureTests", swiftSettings: tests),
        .testTarget(name: "SIPTests", dependencies: ["SIP"], swiftSettings: tests),
        .testTarget(name: "CredentialsTests", dependencies: ["Credentials", "COpenSSL"], swiftSettings: tests),
        .testTarget(name: "STIRTests", dependencies: ["STIR", "SIP", "Credentials"], swiftSettings: tests),
        .testTarget(name: "PolicyTests", dependencies: ["Policy", "SIP", "STIR"], swiftSettings: tests),
        .testTarget(
            name: "ProxyTests", dependencies: ["Proxy", "Policy", "SIP", "STIR", "Credentials", "CAllocationCounter"],
            exclude: ["Scenarios"], swiftSettings: tests),
        .testTarget(name: "NetTests", dependencies: ["Net", "SIP"], swiftSettings: tests),
        .testTarget(
            name: "StirrupConfigurationTests", dependencies: ["StirrupConfiguration", "SIP"], swiftSettings: tests),
        .testTarget(
            name: "ServerTests",
            dependencies: ["Server", "StirrupConfiguration", "Credentials", "Net", "Policy", "Proxy", "SIP", "STIR"],
            swiftSettings: tests),
        .testTarget(name: "DemoTests", dependencies: ["Demo"], swiftSettings: tests),
        .testTarget(
            name: "ToolsTests", dependencies: ["Tools", "Credentials", "Server", "SIP", "STIR", "StirrupConfiguration"],
            swiftSettings: tests),
        .testTarget(name: "PlainTextTests", dependencies: ["PlainText"], swiftSettings: tests),
        .testTarget(name: "ReportTests", dependencies: ["Policy", "Report", "SIP"], swiftSettings: tests),
        .testTarget(
            name: "LoadTests", dependencies: ["Load", "Credentials", "Net", "SIP", "STIR"], swiftSettings: tests),
    ]
)

// `make fuzz`: executables that only build with libFuzzer's sanitizer.
if Context.environment["FUZZ"] != nil {
    let fuzzed: [Target.Dependency] = ["SIP", "STIR", "Policy", "Proxy", "Credentials"]
    package.targets.append(
        .target(name: "FuzzSupport", dependencies: fuzzed, path: "Tests/Fuzzers/Support", swiftSettings: tests))
    for name in [
        "FuzzMessageIndex", "FuzzAddresses", "FuzzForward", "FuzzResponse", "FuzzIdentity", "FuzzPASSporT", "FuzzTNAuthList",
        "FuzzCertificates",
    ] {
        package.targets.append(
            .executableTarget(
                name: name, dependencies: fuzzed + ["FuzzSupport"], path: "Tests/Fuzzers/\(name)",
                swiftSettings: tests + [.unsafeFlags(["-parse-as-library"])]))
    }
}
