// swift-tools-version: 6.1
// The targets, in the order in which a picture becomes a gradient and a gradient a weight.
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let package = Package(
    name: "headstart",
    products: [
        .library(name: "HeadStart", targets: ["HeadStart"]),
        .executable(name: "headstart", targets: ["headstart"]),
        .executable(name: "headstart-simulate", targets: ["headstart-simulate"]),
        .executable(name: "headstart-fuzz", targets: ["headstart-fuzz"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        // C libraries, one small target each.
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CMinizip", pkgConfig: "minizip", providers: [.apt(["libminizip-dev"])]),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CTurboJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
        .target(name: "CPNG", linkerSettings: [.linkedLibrary("png16")]),
        .target(name: "CTIFF", linkerSettings: [.linkedLibrary("tiff")]),
        .target(name: "CKernels"),

        // What everything stands on.
        .target(name: "ExactArithmetic"),
        .target(name: "ContentAddressing", dependencies: [crypto]),
        .target(
            name: "ModelFiles", dependencies: ["CHDF5", "CMinizip", "ContentAddressing", protobuf],
            exclude: ["ONNX/generate", "ONNX/onnx.proto"]),

        // Folders to pictures to features to the head.
        .target(name: "DatasetScanning", dependencies: ["ContentAddressing", "ExactArithmetic"]),
        .target(
            name: "Imaging",
            dependencies: [
                "ContentAddressing", "ExactArithmetic", "CTurboJPEG", "CPNG", "CTIFF", "CWebP", "CZlib",
            ]),
        .target(
            name: "VGGBackbone",
            dependencies: ["CKernels", "CLMDB", "ContentAddressing", "ExactArithmetic", "ModelFiles"]),
        .target(
            name: "ClassifierHead",
            dependencies: ["CKernels", "ContentAddressing", "ExactArithmetic", "ModelFiles"]),

        // Messages, sockets, the state machines, and the processes around them.
        .target(
            name: "WireMessages", dependencies: ["ContentAddressing", protobuf],
            exclude: ["generate", "headstart.proto"]),
        .target(name: "ZeroMQTransport", dependencies: ["CZeroMQ", "ContentAddressing", "WireMessages"]),
        .target(
            name: "TrainingProtocol", dependencies: ["ContentAddressing", "ExactArithmetic", "WireMessages"]),
        .target(
            name: "TrainingReports", dependencies: ["TrainingProtocol", protobuf],
            exclude: ["TensorBoard/generate", "TensorBoard/events.proto"]),
        .target(
            name: "LivePage",
            dependencies: ["TrainingReports", .product(name: "FlyingFox", package: "FlyingFox")]),
        .target(
            name: "ClusterRuntime",
            dependencies: [
                "ClassifierHead", "ContentAddressing", "DatasetScanning", "Imaging", "LivePage", "ModelFiles",
                "TrainingProtocol", "TrainingReports", "VGGBackbone", "WireMessages", "ZeroMQTransport",
                logging,
            ]),
        .target(
            name: "HeadStartCLI",
            dependencies: [
                "ClassifierHead", "ClusterRuntime", "ContentAddressing", "DatasetScanning", "ExactArithmetic",
                "Imaging", "ModelFiles", "TrainingReports", "VGGBackbone", argumentParser, logging,
            ]),
        .executableTarget(name: "headstart", dependencies: ["HeadStartCLI"]),

        // Training and prediction for other programs.
        .target(
            name: "HeadStart",
            dependencies: [
                "ClusterRuntime", "ContentAddressing", "ExactArithmetic", "Imaging", "TrainingReports",
                "VGGBackbone", logging,
            ]),
        .executableTarget(
            name: "train-and-predict", dependencies: ["HeadStart"], path: "Examples/train-and-predict"),

        // The state machines under a virtual clock.
        .target(
            name: "ClusterSimulation",
            dependencies: ["ContentAddressing", "ExactArithmetic", "TrainingProtocol", "WireMessages"]),
        .executableTarget(name: "headstart-simulate", dependencies: ["ClusterSimulation", argumentParser]),

        // Bent inputs for every parser.
        .executableTarget(
            name: "headstart-fuzz",
            dependencies: [
                "ClassifierHead", "ClusterRuntime", "ContentAddressing", "ExactArithmetic", "Imaging",
                "LivePage", "ModelFiles", "TrainingProtocol", "TrainingReports", "VGGBackbone",
                "WireMessages", "ZeroMQTransport", argumentParser,
            ]),

        .testTarget(name: "ExactArithmeticTests", dependencies: ["ExactArithmetic"]),
        .testTarget(name: "ContentAddressingTests", dependencies: ["ContentAddressing", "TestSupport"]),
        .testTarget(
            name: "ModelFilesTests", dependencies: ["CMinizip", "ModelFiles", "TestSupport", protobuf]),
        .testTarget(name: "DatasetScanningTests", dependencies: ["DatasetScanning", "TestSupport"]),
        .testTarget(name: "ImagingTests", dependencies: ["Imaging", "ModelFiles", "TestSupport"]),
        .testTarget(
            name: "VGGBackboneTests",
            dependencies: ["ContentAddressing", "Imaging", "VGGBackbone", "TestSupport"]),
        .testTarget(name: "ClassifierHeadTests", dependencies: ["ClassifierHead", "TestSupport"]),
        .testTarget(name: "WireMessagesTests", dependencies: ["WireMessages", protobuf]),
        .testTarget(
            name: "ZeroMQTransportTests",
            dependencies: ["ContentAddressing", "TestSupport", "ZeroMQTransport"]),
        .testTarget(name: "TrainingProtocolTests", dependencies: ["TrainingProtocol"]),
        .testTarget(name: "ClusterSimulationTests", dependencies: ["ClusterSimulation"]),
        .testTarget(
            name: "TrainingReportsTests", dependencies: ["TrainingReports", "TestSupport"],
            exclude: ["Snapshots"]),
        .testTarget(
            name: "LivePageTests",
            dependencies: [
                "LivePage", "TrainingReports", .product(name: "FlyingFox", package: "FlyingFox"),
            ]),
        .testTarget(
            name: "ClusterRuntimeTests",
            dependencies: [
                "ClassifierHead", "ClusterRuntime", "ContentAddressing", "ModelFiles", "TestSupport",
                "TrainingProtocol", "TrainingReports", "VGGBackbone", "WireMessages", "ZeroMQTransport",
                "headstart", logging,
            ]),
        .testTarget(
            name: "HeadStartCLITests", dependencies: ["HeadStartCLI", "TestSupport"], exclude: ["Snapshots"]),
        .testTarget(
            name: "HeadStartTests",
            dependencies: ["ContentAddressing", "HeadStart", "TestSupport", "headstart", "train-and-predict"]),
        .testTarget(
            name: "DocumentTests",
            dependencies: [
                "HeadStartCLI", "TestSupport", "TrainingProtocol", "WireMessages", "ZeroMQTransport",
                "headstart", "headstart-simulate", argumentParser,
            ], exclude: ["worker.py"]),
        .testTarget(
            name: "FuzzTests", dependencies: ["TestSupport", "headstart-fuzz"], exclude: ["Inputs"]),
        .testTarget(name: "ProjectRulesTests", dependencies: ["TestSupport"]),
        .target(name: "TestSupport", dependencies: ["FileCalls"], path: "Tests/TestSupport"),
        .target(name: "FileCalls", path: "Tests/FileCalls"),
    ],
    swiftLanguageModes: [.v6]
)
