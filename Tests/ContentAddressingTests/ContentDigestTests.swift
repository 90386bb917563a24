import Testing

@testable import ContentAddressing

@Suite struct ContentDigestTests {
    /// SHA-256 of "abc" (FIPS 180-4, the example of the Secure Hash Standard).
    private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test("the digest is SHA-256, whole or in pieces")
    func vectors() {
        #expect(ContentDigest(hashing: "abc".utf8).hex == abc)
        #expect(
            ContentDigest(hashing: [UInt8]()).hex
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        var hasher = ContentHasher()
        hasher.update([UInt8(ascii: "a")])
        hasher.update("bc".utf8)
        #expect(hasher.finalize().hex == abc)
    }

    @Test("only 64 hexadecimal digits make a digest, so that no path can pass as one")
    func parsing() {
        #expect(ContentDigest(hex: abc)?.hex == abc)
        #expect(ContentDigest(hex: abc.uppercased())?.hex == abc)
        for text in ["", "../" + abc.dropFirst(3), abc + "0", String(abc.dropLast()), "g" + abc.dropFirst()] {
            #expect(ContentDigest(hex: text) == nil)
        }
        #expect(ContentDigest(bytes: [1, 2, 3]) == nil)
    }

    @Test("fields that run together differ from fields that don't")
    func fields() {
        func digest(_ fields: String...) -> ContentDigest {
            var hasher = ContentHasher()
            for field in fields {
                hasher.update(field: field)
            }
            return hasher.finalize()
        }
        #expect(digest("ab", "c") != digest("a", "bc"))
        #expect(digest("ab", "c") == digest("ab", "c"))
    }
}
