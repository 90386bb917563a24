import Testing

@testable import ZeroMQTransport

@Suite struct SecretTextTests {
    @Test("a token read back is the same, whatever white space is around it")
    func roundTrip() throws {
        let token = JoinToken(server: try KeyPair.generate().publicKey, client: try KeyPair.generate())
        #expect(token.text.hasPrefix("headstart-token:") && !token.text.contains { "+/= ".contains($0) })
        #expect(try JoinToken(parsing: " \(token.text)\n") == token)
        let server = try KeyPair.generate()
        #expect(try KeyPair.reading(serverText: server.serverText) == server)
    }

    @Test("a slip of the hand is told from a wrong key, at any place")
    func damage() throws {
        let token = JoinToken(server: try KeyPair.generate().publicKey, client: try KeyPair.generate())
        let text = token.text
        let start = "headstart-token:".count
        for index in start + 2..<text.count {
            var characters = Array(text)
            characters[index] = characters[index] == "A" ? "B" : "A"
            #expect(throws: (any Error).self) { try JoinToken(parsing: String(characters)) }
            #expect(throws: SecretTextError.damaged(kind: "token")) {
                try JoinToken(parsing: String(text.prefix(index)))
            }
        }
        #expect(throws: SecretTextError.notOne(kind: "token")) { try JoinToken(parsing: "hello") }
        #expect(throws: SecretTextError.notOne(kind: "token")) {
            try JoinToken(parsing: try KeyPair.generate().serverText)
        }
        #expect(throws: SecretTextError.otherVersion(kind: "token", 2)) {
            try JoinToken(parsing: "headstart-token:AgAA")
        }
    }

    @Test("keys read back from Z85, and other texts are no keys")
    func keys() throws {
        let pair = try KeyPair.generate()
        #expect(PublicKey(z85: pair.publicKey.z85) == pair.publicKey)
        #expect(try KeyPair(pair.secretKey) == pair)
        for text in ["", "short", String(repeating: "\"", count: 40), String(repeating: "ä", count: 20)] {
            #expect(PublicKey(z85: text) == nil)
        }
    }

    @Test("no text of a secret shows its bytes")
    func redaction() throws {
        let pair = try KeyPair.generate()
        var dumped = ""
        dump(pair, to: &dumped)
        let numbers = pair.secretKey.bytes.prefix(8).map(String.init).joined(separator: ", ")
        #expect(!"\(pair) \(dumped)".contains(numbers) && !dumped.contains(pair.serverText))
        let lines = dumped.split(separator: "\n")
        #expect(lines.last?.contains("a secret key") == true)
    }

    @Test(
        "only what this machine alone can reach is loopback",
        arguments: [
            ("127.0.0.1", true), ("127.1.2.3", true), ("localhost", true), ("LOCALHOST", true),
            ("[::1]", true),
            ("[::ffff:127.0.0.1]", true), ("0.0.0.0", false), ("*", false), ("[::]", false),
            ("192.168.1.5", false), ("127.example.com", false), ("localhost.example.com", false),
            ("127.0.0.1.example.com", false), ("128.0.0.1", false), ("127.0.0.256", false),
        ])
    func loopback(host: String, expected: Bool) throws {
        #expect(try EndpointAddress("tcp://\(host):7733").isLoopback == expected)
    }
}
