import Foundation
import TestSupport
import Testing

@testable import ModelFiles

@Suite struct NumpyArrayTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// What `numpy.save` writes for the header, padded to 128 bytes as NumPy does.
    private func numpyFile(_ header: String, _ data: [UInt8]) -> [UInt8] {
        let padded = header + String(repeating: " ", count: 128 - 10 - header.utf8.count - 1) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(padded.utf8.count), 0] + Array(padded.utf8) + data
    }

    @Test("a file is byte for byte what numpy.save writes")
    func bytes() {
        #expect(
            NumpyArray([1, -2] as [Float], shape: [2]).encoded
                == numpyFile(
                    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
                    [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]))
        #expect(
            NumpyArray([1, 2] as [UInt8], shape: [1, 2, 1]).encoded
                == numpyFile("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 1), }", [1, 2]))
    }

    @Test("what was written is read again", arguments: [[], [3], [1, 3], [3, 1, 1]])
    func roundTrip(shape: [Int]) throws {
        let count = shape.reduce(1, *)
        let floats = NumpyArray((0..<count).map { Float($0) - 0.5 }, shape: shape)
        try floats.write(to: folder.path("a.npy"))
        #expect(try NumpyArray(path: folder.path("a.npy")) == floats)
        let bytes = NumpyArray((0..<count).map(UInt8.init), shape: shape)
        try bytes.write(to: folder.path("a.npy"))
        #expect(try NumpyArray(path: folder.path("a.npy")).floats == (0..<count).map(Float.init))
    }

    @Test("NumPy's own files are read")
    func golden() throws {
        let folder = ReferenceFolder.own
        let array = try NumpyArray(path: folder.path("features/drawn.rescale.npy"))
        #expect(array.type == "<f4" && array.shape.suffix(3) == [7, 7, 512])
        #expect(array.floats?.contains { $0 > 0 } == true)
        let picture = try NumpyArray(path: folder.path("features/drawn.input_u8.npy"))
        #expect(picture.floats?.count == 224 * 224 * 3)
    }

    @Test("damaged and foreign files are errors that name the path")
    func malformed() throws {
        let whole = NumpyArray([1, 2, 3] as [Float], shape: [3]).encoded
        let fortran = numpyFile("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", [0, 0, 0, 0])
        for bytes in [
            [], Array(whole.dropLast()), whole + [0], Array(whole.prefix(40)), Array("PNG".utf8), fortran,
        ] {
            let path = try folder.write("a.npy", bytes)
            let error = #expect(throws: NumpyError.self) { try NumpyArray(path: path) }
            #expect(error?.description.contains(path) == true)
        }
        #expect(throws: NumpyError.self) { try NumpyArray(path: folder.path("none.npy")) }
    }
}
