import Foundation
import TestSupport
import Testing

@Suite("What is deployed fits together")
struct DeployTests {
    @Test("the Kubernetes worker's volume holds the cache's bound, and a sixteenth that may be over it")
    func volume() throws {
        let url = ProjectFolder.url.appending(path: "deploy/kubernetes/headstart.yaml")
        let text = try String(contentsOf: url, encoding: .utf8)
        let worker = try #require(text.components(separatedBy: "kind: Job").last)
        let bound = try #require(worker.firstMatch(of: /--cache-size=(\d+)/)?.1)
        let volume = try #require(worker.firstMatch(of: /sizeLimit: (\d+)Gi/)?.1)
        let (mebibytes, gibibytes) = (try #require(Int(bound)), try #require(Int(volume)))
        #expect(mebibytes + mebibytes / 16 <= gibibytes * 1024)
    }

    @Test("the statuses that end a pod for good are those that the program gives")
    func statuses() throws {
        let url = ProjectFolder.url.appending(path: "deploy/kubernetes/headstart.yaml")
        let text = try String(contentsOf: url, encoding: .utf8)
        // Which each means is in docs/operations.md.
        let page = try String(
            contentsOf: ProjectFolder.url.appending(path: "docs/operations.md"), encoding: .utf8)
        let statuses = text.matches(of: /values: \[(\d+)\]/).map { String($0.1) }
        #expect(Set(statuses) == ["64", "69"])
        for status in statuses { #expect(page.contains("\n| \(status) | ")) }
    }
}
