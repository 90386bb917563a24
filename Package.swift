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
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
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
        .target(name: "Files"),
        .target(name: "ContentAddressing", dependencies: ["Files", crypto]),
        .target(
            name: "ModelFiles", dependencies: ["CHDF5", "CMinizip", "Files", protobuf],
            exclude: ["ONNX/generate", "ONNX/onnx.proto"]),

        // Folders to pictures to features to the head.
        .target(name: "DatasetScanning", dependencies: ["ContentAddressing", "Files"]),
        .target(
            name: "Imaging",
            dependencies: [
                "ContentAddressing", "CPNG", "CTIFF", "CTurboJPEG", "CWebP", "CZlib", "ExactArithmetic",
            ]),
        .target(
            name: "VGGBackbone",
            dependencies: [
                "CKernels", "CLMDB", "ContentAddressing", "ExactArithmetic", "Files", "ModelFiles",
            ]),
        .target(
            name: "ClassifierHead", dependencies: ["CKernels", "ContentAddressing", "ExactArithmetic"]),

        // Messages, sockets, the state machines, and the processes around them.
        .target(
            name: "WireMessages", dependencies: ["ContentAddressing", protobuf],
            exclude: ["generate", "headstart.proto"]),
        .target(
            name: "ZeroMQTransport", dependencies: ["ContentAddressing", "CZeroMQ", "Files", "WireMessages"]),
        .target(
            name: "TrainingProtocol", dependencies: ["ContentAddressing", "ExactArithmetic", "WireMessages"]),
        .target(
            name: "TrainingReports", dependencies: ["TrainingProtocol", protobuf],
            exclude: ["TensorBoard/generate", "TensorBoard/events.proto"]),
        .target(
            name: "LivePage",
            dependencies: [
                "TrainingProtocol", "TrainingReports", .product(name: "FlyingFox", package: "FlyingFox"),
            ]),
        .target(
            name: "ClusterRuntime",
            dependencies: [
                "ClassifierHead", "ContentAddressing", "DatasetScanning", "ExactArithmetic", "Files",
                "Imaging", "LivePage", "ModelFiles", "TrainingProtocol", "TrainingReports", "VGGBackbone",
                "WireMessages", "ZeroMQTransport", logging,
            ]),
        .target(
            name: "Launch", dependencies: ["ClusterRuntime"]),
        .target(
            name: "Doctor",
            dependencies: [
                "ClusterRuntime", "ContentAddressing", "DatasetScanning", "Imaging", "VGGBackbone",
                "WireMessages", "ZeroMQTransport",
            ]),
        .target(
            name: "ClusterHarness",
            dependencies: ["ClusterRuntime", "ContentAddressing", "ExactArithmetic", "TrainingProtocol"]),
        .target(
            name: "HeadStartCLI",
            dependencies: [
                "ClassifierHead", "ClusterHarness", "ClusterRuntime", "ContentAddressing", "DatasetScanning",
                "Doctor", "ExactArithmetic", "Files", "Imaging", "Launch", "ModelFiles", "TrainingProtocol",
                "TrainingReports", "VGGBackbone", argumentParser, logging,
            ]),
        .executableTarget(name: "headstart", dependencies: ["HeadStartCLI"], path: "Sources/headstart-main"),

        // Training and prediction for other programs.
        .target(
            name: "HeadStart",
            dependencies: [
                "ClusterRuntime", "ContentAddressing", "Imaging", "TrainingReports", "VGGBackbone", logging,
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
                "Launch", "LivePage", "ModelFiles", "TrainingProtocol", "TrainingReports", "VGGBackbone",
                "WireMessages", "ZeroMQTransport", argumentParser,
            ]),

        .testTarget(name: "ExactArithmeticTests", dependencies: ["ExactArithmetic"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
        .testTarget(
            name: "ContentAddressingTests", dependencies: ["ContentAddressing", "Files", "TestSupport"]),
        .testTarget(
            name: "ModelFilesTests",
            dependencies: ["CMinizip", "ContentAddressing", "Files", "ModelFiles", "TestSupport", protobuf]),
        .testTarget(
            name: "DatasetScanningTests",
            dependencies: ["ContentAddressing", "DatasetScanning", "Files", "TestSupport"]),
        .testTarget(
            name: "ImagingTests", dependencies: ["ExactArithmetic", "Imaging", "ModelFiles", "TestSupport"]),
        .testTarget(
            name: "VGGBackboneTests",
            dependencies: [
                "CHDF5", "CKernels", "ContentAddressing", "ExactArithmetic", "Files", "ModelFiles",
                "TestSupport", "VGGBackbone",
            ]),
        .testTarget(
            name: "ClassifierHeadTests",
            dependencies: ["CKernels", "ClassifierHead", "ExactArithmetic", "ModelFiles", "TestSupport"]),
        .testTarget(
            name: "WireMessagesTests",
            dependencies: ["ContentAddressing", "ExactArithmetic", "WireMessages", protobuf]),
        .testTarget(
            name: "ZeroMQTransportTests",
            dependencies: ["ContentAddressing", "TestSupport", "WireMessages", "ZeroMQTransport"]),
        .testTarget(
            name: "TrainingProtocolTests",
            dependencies: ["ContentAddressing", "ExactArithmetic", "TrainingProtocol", "WireMessages"]),
        .testTarget(
            name: "ClusterSimulationTests", dependencies: ["ClusterSimulation", "TrainingProtocol"]),
        .testTarget(
            name: "TrainingReportsTests",
            dependencies: ["TestSupport", "TrainingProtocol", "TrainingReports", "WireMessages"],
            exclude: ["Snapshots"]),
        .testTarget(
            name: "LivePageTests",
            dependencies: [
                "LivePage", "TrainingProtocol", "TrainingReports",
                .product(name: "FlyingFox", package: "FlyingFox"),
            ]),
        .testTarget(
            name: "ClusterRuntimeTests",
            dependencies: [
                "ClassifierHead", "ClusterHarness", "ClusterRuntime", "ClusterTestSupport",
                "ContentAddressing", "Files", "headstart", "ModelFiles", "TestSupport", "TrainingProtocol",
                "TrainingReports", "VGGBackbone", "WireMessages", "ZeroMQTransport", logging,
            ]),
        .testTarget(
            name: "LaunchTests",
            dependencies: [
                "ClusterHarness", "ClusterRuntime", "ClusterTestSupport", "headstart", "Launch",
                "TestSupport",
            ]),
        .testTarget(
            name: "DoctorTests",
            dependencies: ["ClusterHarness", "ClusterTestSupport", "headstart", "TestSupport"]),
        .testTarget(name: "ClusterHarnessTests", dependencies: ["ClusterHarness", "TestSupport"]),
        .testTarget(
            name: "HeadStartCLITests",
            dependencies: [
                "ClusterRuntime", "ContentAddressing", "HeadStartCLI", "Imaging", "ModelFiles", "TestSupport",
                "VGGBackbone", argumentParser,
            ], exclude: ["Snapshots"]),
        .testTarget(
            name: "HeadStartTests",
            dependencies: ["ContentAddressing", "HeadStart", "headstart", "TestSupport", "train-and-predict"]),
        .testTarget(
            name: "DocumentTests",
            dependencies: [
                "headstart", "headstart-simulate", "HeadStartCLI", "TestSupport", "TrainingProtocol",
                "WireMessages", "ZeroMQTransport", argumentParser,
            ], exclude: ["worker.py"]),
        .testTarget(
            name: "FuzzTests", dependencies: ["headstart-fuzz", "TestSupport"], exclude: ["Inputs"]),
        .testTarget(name: "ProjectRulesTests", dependencies: ["TestSupport"]),
        .target(
            name: "ClusterTestSupport", dependencies: ["ClusterHarness", "ContentAddressing", "TestSupport"],
            path: "Tests/ClusterTestSupport"),
        .target(name: "TestSupport", dependencies: ["FileCalls"], path: "Tests/TestSupport"),
        .target(name: "FileCalls", path: "Tests/FileCalls"),
    ],
    swiftLanguageModes: [.v6]
)
