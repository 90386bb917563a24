import Files
import Foundation
import TestSupport
import Testing

@testable import ModelFiles

@Suite struct SafetensorsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ header: String, data: [UInt8], length: UInt64? = nil) throws -> String {
        let bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) }
        return try folder.write("file.safetensors", bytes + Array(header.utf8) + data)
    }

    private func reason(_ header: String, data: [UInt8], length: UInt64? = nil) throws -> String {
        let path = try file(header, data: data, length: length)
        guard
            case .malformed(path, let reason) = #expect(
                throws: SafetensorsError.self, performing: { try SafetensorsFile(path: path) })
        else { return "another error" }
        return reason
    }

    @Test("what was written is read again, bit for bit, also NaN, negative zero and empty tensors")
    func roundTrip() throws {
        let path = folder.path("weights.safetensors")
        let floats: [Float] = [1, -0.0, .nan, .infinity, .leastNonzeroMagnitude, -2]
        let metadata = ["name": "\u{FC}ber \"quoted\" \\ \n\u{1}\u{1F600}", "a": "", "\u{FF21}": "x"]
        try SafetensorsWriter.write(
            tensors: [("z", [2, 3], floats), ("empty", [0, 4], []), ("scalar", [], [7])], metadata: metadata,
            to: path)
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == metadata)
        #expect(file.tensors.map(\.name).sorted() == ["empty", "scalar", "z"])
        #expect(file.tensors.first?.shape == [2, 3])
        #expect(try file.floats("z").map(\.bitPattern) == floats.map(\.bitPattern))
        #expect(try file.floats("empty") == [])
        #expect(try file.floats("scalar") == [7])
        #expect(file.tensors.allSatisfy { $0.byteRange.lowerBound % 8 == 0 || $0.name == "scalar" })
    }

    @Test("the bytes are fixed: metadata by key, tensors as given, spaces up to a multiple of eight")
    func exactBytes() throws {
        let path = folder.path("weights.safetensors")
        try SafetensorsWriter.write(
            tensors: [("b", [1], [1]), ("a", [1], [2])], metadata: ["y": "2", "x": "1"], to: path)
        let header =
            #"{"__metadata__":{"x":"1","y":"2"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
            + #""a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        let length = [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0]
        #expect(
            try Array(Data(contentsOf: URL(filePath: path)))
                == length + Array(padded.utf8) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
    }

    @Test("half precision and bfloat16 are widened exactly; other types are refused by name")
    func types() throws {
        // IEEE 754: half 0x3C00 is 1, 0xC000 -2, 0x0001 2^-24; bfloat16 is the upper half of a float.
        let path = try file(
            #"{"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"#
                + #""b":{"dtype":"BF16","shape":[1],"data_offsets":[6,8]},"#
                + #""d":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}"#,
            data: [0, 0x3C, 0, 0xC0, 1, 0, 0xC0, 0x3F] + Array(repeating: 0, count: 8))
        let file = try SafetensorsFile(path: path)
        #expect(try file.floats("h") == [1, -2, 0x1p-24])
        #expect(try file.floats("b") == [1.5])
        #expect(throws: SafetensorsError.unsupportedType(path: path, name: "d", type: "F64")) {
            try file.floats("d")
        }
        #expect(throws: SafetensorsError.missingTensor(path: path, name: "x")) { try file.floats("x") }
    }

    @Test("a header that breaks a rule is an error that says which")
    func malformed() throws {
        func tensor(_ shape: String, _ offsets: String, type: String = "F32", name: String = "t") -> String {
            #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
        }
        let four: [UInt8] = [0, 0, 0, 0]
        #expect(try reason("", data: [], length: 5).contains("a header of 5 bytes in a file of 8"))
        #expect(try reason("{}", data: [], length: .max).contains("a header of"))
        #expect(try reason("[]", data: []).contains("doesn't begin with {"))
        #expect(try reason("{\"a\"", data: []).contains("isn't JSON"))
        #expect(try reason("{\"a\":1}", data: []).contains("isn't JSON"))
        #expect(try reason("{\"__metadata__\":{\"a\":1}}", data: []).contains("isn't JSON"))
        #expect(try reason("{\(tensor("[1]", "[0,4]"))}", data: [0, 0]).contains("tensor t ends at byte 4"))
        #expect(
            try reason("{\(tensor("[1]", "[0,4]"))}", data: four + [1]).contains(
                "1 bytes belong to no tensor"))
        #expect(try reason("{\(tensor("[2]", "[0,4]"))}", data: four).contains("its shape asks for 8"))
        #expect(try reason("{\(tensor("[-1]", "[0,4]"))}", data: four).contains("no valid shape"))
        #expect(try reason("{\(tensor("[1]", "[4,0]"))}", data: four).contains("no valid data_offsets"))
        #expect(try reason("{\(tensor("[1]", "[-4,0]"))}", data: four).contains("no valid data_offsets"))
        #expect(try reason("{\(tensor("[1]", "[0]"))}", data: four).contains("no valid data_offsets"))
        #expect(
            try reason("{\(tensor("[1]", "[0,4]", type: "F99"))}", data: four).contains("unknown type F99"))
        #expect(
            try reason("{\(tensor("[4611686018427387904,4]", "[0,4]"))}", data: four).contains("too large"))
        let second = tensor("[1]", "[0,4]", name: "u")
        #expect(
            try reason("{\(tensor("[1]", "[0,4]")),\(second)}", data: four).contains("u overlaps another"))
        #expect(
            try reason("{\(tensor("[1]", "[4,8]"))}", data: four + four).contains("t leaves a gap before it"))
    }

    @Test("no cut of a file is taken for a whole one, and no flipped byte of the header crashes the reader")
    func damage() throws {
        let path = folder.path("whole.safetensors")
        try SafetensorsWriter.write(
            tensors: [("a", [2, 2], [1, 2, 3, 4]), ("b", [3], [5, 6, 7])], metadata: ["k": "v"], to: path)
        let whole = try Array(Data(contentsOf: URL(filePath: path)))
        for length in 0..<whole.count {
            let cut = try folder.write("cut", whole[..<length])
            #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: cut) }
        }
        for index in 0..<whole.count - 28 {
            for bit in 0..<8 {
                var damaged = whole
                damaged[index] ^= 1 << UInt8(bit)
                let path = try folder.write("damaged", damaged)
                guard let file = try? SafetensorsFile(path: path) else { continue }
                for tensor in file.tensors {
                    _ = try? file.floats(tensor.name)
                }
            }
        }
    }

    @Test("a missing file and a folder are errors of the file system")
    func unreadable() throws {
        let missing = folder.path("none")
        #expect(throws: SafetensorsError.unreadable(FileSystemError(.open, path: missing, code: ENOENT))) {
            try SafetensorsFile(path: missing)
        }
        let path = folder.path
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
    }
}
