import Foundation
import TestSupport
import Testing

@Suite("docs/wire.md is enough to write a worker", .serialized)
struct WireWorkerTests {
    private static let packages = ["zmq", "numpy", "grpc_tools"]

    @Test(
        "a Python worker that knows the document alone does a whole run, in either exchange",
        .enabled(
            if: packages.allSatisfy(Python.has), "needs what Tests/requirements.txt lists; see CONTRIBUTING"),
        arguments: ["factors", "gradients"])
    func worker(exchange: String) throws {
        let folder = try TemporaryFolder()
        let endpoint = "tcp://127.0.0.1:\(10_000 + Int(getpid()) % 10_000)"
        let cache = ["XDG_CACHE_HOME": folder.path("cache")]
        try Program.run(["keygen", folder.path("keys")])
        try Program.run([
            "sample", folder.path("pictures"), "--pictures", "12", "--classes", "circles,stripes",
        ])
        let coordinator = try Program.Running(
            [
                "coordinator", folder.path("pictures/train"), "--validation", folder.path("pictures/val"),
                "--out", folder.path("run"), "--weights", "random:7", "--epochs", "3",
                "--learning-rate", "0.0001", "--exchange", exchange, "--allow-different-arithmetic",
                "--listen", endpoint, "--keys", folder.path("keys"),
            ], environment: cache)
        #expect(coordinator.wait { $0.contains("listening at") })
        try folder.write("schema/.keep", [])
        let done = try Python.run(
            "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
            [
                ProjectFolder.url.appending(path: "Tests/DocumentTests/worker.py").path,
                ProjectFolder.url.appending(path: "docs/wire.md").path, folder.path("schema"), endpoint,
                folder.path("keys/token"),
            ])
        let finished = coordinator.wait()
        #expect(finished.status == 0, "\(finished.errors)")
        let gradients = exchange == "factors" ? "factor_gradient" : "dense_gradient"
        for work in ["check", "extract", gradients, "evaluate"] {
            #expect(done.contains(work + ":"), "\(done)")
        }
        // Its features tell the classes apart, so what it sends back must teach the head.
        #expect(finished.output.contains("val_accuracy 1.0000"), "\(finished.output)")
    }
}
