import CMinizip
import ContentAddressing
import Files
import Foundation
import TestSupport
import Testing

@testable import ModelFiles

@Suite("A .keras file")
struct KerasModelFileTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("model.keras")
        try KerasModelFile.write(SmallNetwork.network, to: path)
    }

    /// An entry as minizip's reader sees it.
    private struct Entry {
        let method: Int
        let date: Int
        let bytes: [UInt8]
    }

    /// All entries by their names; reading to the end checks their sums.
    private func entries() throws -> [String: Entry] {
        let archive = try #require(unzOpen64(path))
        defer { unzClose(archive) }
        var entries: [String: Entry] = [:]
        var status = unzGoToFirstFile(archive)
        while status == UNZ_OK {
            var information = unz_file_info64()
            var name = [CChar](repeating: 0, count: 256)
            unzGetCurrentFileInfo64(archive, &information, &name, 255, nil, 0, nil, 0)
            var bytes = [UInt8](repeating: 0, count: Int(information.uncompressed_size))
            #expect(unzOpenCurrentFile(archive) == UNZ_OK)
            #expect(unzReadCurrentFile(archive, &bytes, UInt32(bytes.count)) == Int32(bytes.count))
            #expect(unzCloseCurrentFile(archive) == UNZ_OK)
            entries[String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)] = Entry(
                method: Int(information.compression_method), date: Int(information.dosDate), bytes: bytes)
            status = unzGoToNextFile(archive)
        }
        #expect(status == UNZ_END_OF_LIST_OF_FILE)
        return entries
    }

    private func object(_ entry: String) throws -> [String: Any] {
        let bytes = try #require(try entries()[entry]?.bytes)
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("the archive holds Keras' three entries, stored as they are and without a time")
    func archive() throws {
        let entries = try entries()
        #expect(entries.keys.sorted() == ["config.json", "metadata.json", "model.weights.h5"])
        // 1980-01-01 is where MS-DOS' dates begin: day 1, month 1, year 0.
        #expect(entries.values.allSatisfy { $0.method == 0 && $0.date == 0x21_0000 })
    }

    @Test("the configuration is a Sequential of Keras' own layers")
    func configuration() throws {
        let model = try object("config.json")
        #expect(model["module"] as? String == "keras" && model["class_name"] as? String == "Sequential")
        let layers = try #require((model["config"] as? [String: Any])?["layers"] as? [[String: Any]])
        #expect(
            layers.map { $0["class_name"] as? String } == [
                "InputLayer", "Rescaling", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense",
            ])
        #expect(layers.allSatisfy { $0["module"] as? String == "keras.layers" })
        let options = try layers.map { try #require($0["config"] as? [String: Any]) }
        #expect(
            options.map { $0["name"] as? String } == [
                "picture", "preprocessing", "block1_conv1", "block1_pool", "flatten", "dense", "dense_1",
            ])
        let shape = try #require(options[0]["batch_shape"] as? [Any])
        #expect(shape[0] is NSNull && shape.dropFirst().map { $0 as? Int } == [4, 4, 3])
        #expect(options[1]["scale"] as? [Double] == [0.5, 1, 2])
        #expect(options[1]["offset"] as? [Double] == [1, 0, -1])
        #expect(options[2]["filters"] as? Int == 4 && options[2]["padding"] as? String == "same")
        #expect(options[2]["trainable"] as? Bool == false && options[5]["trainable"] as? Bool == true)
        #expect(options[6]["units"] as? Int == 3 && options[6]["activation"] as? String == "softmax")
    }

    @Test("the metadata say what the network is")
    func metadata() throws {
        #expect(try object("metadata.json")["headstart"] as? [String: String] == SmallNetwork.metadata)
    }

    @Test("weights lie where Keras looks for them, under the layers' names")
    func weights() throws {
        let file = try folder.write(
            "model.weights.h5", try #require(try entries()["model.weights.h5"]?.bytes))
        guard let root = HDF5Group(file: file) else {
            Issue.record("the library can't open the weights")
            return
        }
        let (top, layers) = (root.childNames, root.group("layers")?.childNames)
        #expect(top == ["layers", "vars"] && layers == ["conv2d", "dense", "dense_1"])
        let expected = [
            ("conv2d", "block1_conv1", SmallNetwork.convolution), ("dense", "dense", SmallNetwork.hidden),
            ("dense_1", "dense_1", SmallNetwork.output),
        ]
        for (group, name, weights) in expected {
            let names = root.group("layers/\(group)/vars")?.texts(attribute: "name")
            let kernel = try root.floats("layers/\(group)/vars/0", shape: weights.kernelShape)
            let bias = try root.floats("layers/\(group)/vars/1", shape: [weights.bias.count])
            #expect(names == [name])
            expectSame(kernel, weights.kernel)
            expectSame(bias, weights.bias)
        }
    }

    @Test("the same network gives the same bytes, and nothing else stays in the folder")
    func deterministic() throws {
        try KerasModelFile.write(SmallNetwork.network, to: folder.path("again.keras"))
        let digests = try ["model.keras", "again.keras"].map {
            try ContentDigest.hashing(file: folder.path($0)).digest
        }
        #expect(digests[0] == digests[1])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == ["again.keras", "model.keras"])
    }

    @Test("a folder that isn't there is an error that names the target")
    func noFolder() {
        let missing = folder.path("no/model.keras")
        #expect(throws: FileSystemError(.create, path: missing, code: ENOENT)) {
            try KerasModelFile.write(SmallNetwork.network, to: missing)
        }
    }

    @Test("what can't be written is a typed error, from the weights and from the archive")
    func fullDevice() {
        #expect(throws: FileSystemError(.write, path: "/dev/full", code: ENOSPC)) {
            var archive = try ZipWriter(path: "/dev/full")
            try archive.add("entry", bytes: [UInt8](repeating: 1, count: 100_000))
            try archive.finish()
        }
        let missing = folder.path("no/weights.h5")
        #expect(throws: FileSystemError(.write, path: missing, code: ENOENT)) {
            _ = try HDF5Writer(path: missing)
        }
    }
}
