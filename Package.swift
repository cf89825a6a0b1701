// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    // The machines are generic over their payload and live in modules of their own: specialised across
    // modules, a simulation is three times as fast. The flag is unsafe only in that SwiftPM will not let
    // other packages depend on this one.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
        exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "crisol",
    products: [
        .executable(name: "crisol", targets: ["crisol"]),
        .executable(name: "crisol-bench", targets: ["CrisolBench"]),
        .executable(name: "crisol-live-bench", targets: ["LiveBench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.2.3"),
        // Later minor versions stop at the first duplicate key, without its place.
        .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "5.0.6")),
        // NIOCore and NIOPosix came with 2.32; the umbrella NIO is in every 2.x.
        .package(url: "https://github.com/apple/swift-nio", from: "2.31.2"),
    ],
    targets: [
        .systemLibrary(name: "CRDKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CGSL", pkgConfig: "gsl", providers: [.apt(["libgsl-dev"])]),
        .target(name: "CNoDelay"),
        // Loads ONNX Runtime when it is asked for; nothing to link but the loader.
        .target(name: "CONNXRuntime", linkerSettings: [.linkedLibrary("dl")]),
        // A header and nothing to link.
        .systemLibrary(name: "CPrefetch"),

        module("Caching", ["CPrefetch"]),
        module("ONNXRuntime", ["CONNXRuntime"]),
        module("Scoring", ["ONNXRuntime"]),
        module("Workload"),
        module("Provider", ["Workload", "Scoring"]),
        module("Pipeline", ["Caching", "Workload"]),
        module("Scenarios", ["Pipeline", "Caching", "Scoring", "Workload", "Provider", .product(name: "Yams", package: "yams")]),
        module("Measurement", ["Pipeline", "Workload", "Provider", "Scenarios", "CGSL"]),
        module("Simulation", ["Pipeline", "Caching", "Scoring", "Workload", "Provider", "Scenarios", "Measurement"]),
        module("KafkaClient", ["Workload", "CRDKafka", "CNoDelay"]),
        module("Storage", ["Workload", "CSQLite", "CLibPQ"]),
        module("HTTPServer", ["Workload", .product(name: "NIO", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio")]),
        module("LLMClient", ["Workload", "Provider"]),
        module("Live", [
            "Pipeline", "Caching", "Scoring", "Workload", "Provider", "Scenarios", "Measurement", "KafkaClient", "Storage",
            "HTTPServer", "LLMClient",
        ], resources: [.embedInCode("API/openapi.yaml")]),
        module("Reporting", ["Measurement", "Pipeline", "Provider", "Scenarios", "Workload"]),
        .executableTarget(
            name: "crisol",
            dependencies: [
                "HTTPServer", "LLMClient", "Scenarios", "Simulation", "Live", "Measurement", "Reporting", "Workload", "KafkaClient", "Storage", "Scoring",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        // Measures the live pipeline; see scripts/bench-live. No part of what is shipped.
        .executableTarget(
            name: "LiveBench",
            dependencies: ["Scenarios", "Live", "Measurement", "Workload", "KafkaClient", "Storage"],
            path: "Benchmarks/LiveBench", swiftSettings: strict),
        // Measures; see scripts/bench. No part of what is shipped.
        .executableTarget(
            name: "CrisolBench",
            dependencies: [
                "Caching", "Scoring", "Workload", "Pipeline", "Scenarios", "Measurement", "Simulation", "HTTPServer", "KafkaClient", "Live", "Storage",
                .product(name: "NIO", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Benchmarks/CrisolBench", swiftSettings: strict),

        // Servers that several suites start for themselves.
        .target(name: "TestServers", path: "Tests/TestServers", swiftSettings: strict),
        // Their random numbers.
        .target(name: "SeededChance", path: "Tests/SeededChance", swiftSettings: strict),

        tests("Caching", ["SeededChance"]),
        tests("Scoring", ["SeededChance"]),
        tests("Workload"),
        tests("Provider", ["Workload", "Scoring"]),
        tests("Pipeline", ["Caching", "Workload", "SeededChance"]),
        tests("Scenarios", ["SeededChance", "Measurement", "Pipeline", "Caching", "Scoring", "Workload", "Provider"]),
        tests("Measurement", ["Pipeline", "Workload", "SeededChance"]),
        tests("Simulation", ["Pipeline", "Caching", "Scoring", "Workload", "Provider", "Scenarios", "Measurement"]),
        tests("KafkaClient", ["Workload", "TestServers"]),
        tests("Storage", ["Workload", "CSQLite", "TestServers"]),
        tests("HTTPServer", ["SeededChance"]),
        tests("LLMClient", ["Workload", "Provider"]),
        tests("Live", ["Pipeline", "Workload", "Provider", "Scenarios", "Measurement", "KafkaClient", "Storage", "HTTPServer", "LLMClient", "TestServers", "SeededChance"], exclude: ["Fixtures"]),
        tests("Reporting", ["Measurement", "Pipeline", "Provider", "Scenarios", "Simulation", "Workload"]),
        tests("crisol", ["TestServers"]),
    ],
    swiftLanguageModes: [.v6]
)
