import ClusterTestSupport
import Foundation
import TestSupport
import Testing

@testable import ClusterRuntime

@Suite("The same command in every task", .serialized, .ending)
struct RunCommandTests {
    @Test("three tasks of a launcher find their parts and train the bytes of a local run")
    func tasks() throws {
        let run = try LocalRun(pictures: 4)
        let expected = try run.train(run: "calm", epochs: 1)
        let address = try LocalRun.address()
        let arguments = run.arguments(
            "run", run: "tasks", epochs: 1, ["--threads", "1", "--listen", address])
        // The first comes last, as it may.
        let tasks = try [2, 1, 0].map { rank in
            try Program.Running(
                arguments,
                environment: ["SLURM_PROCID": "\(rank)", "SLURM_NTASKS": "3", "HEADSTART_ADDRESS": address])
        }
        for task in tasks {
            let finished = task.wait()
            #expect(finished.status == 0, "\(finished.errors)")
        }
        #expect(try run.model(of: "tasks") == expected)
        // Started again, as a scheduler may, it goes on: there is nothing left to do.
        let again = try Program.run(
            arguments + ["--resume-if-begun"],
            environment: ["RANK": "0", "WORLD_SIZE": "1", "HEADSTART_ADDRESS": address])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try run.model(of: "tasks") == expected)
    }

    @Test("without a launcher's variables it says what it looked for")
    func noLauncher() throws {
        let finished = try Program.run(["run", "data", "--out", "nowhere"])
        #expect(finished.status == 1)
        #expect(finished.errorLines.first?.contains("SLURM_PROCID") == true)
    }

    @Test("a worker takes its address from HEADSTART_ADDRESS, and without one says so")
    func address() throws {
        let none = try Program.run(["worker"])
        #expect(none.status == 64)
        #expect(none.errorLines.first?.contains("HEADSTART_ADDRESS") == true)
        let address = try LocalRun.address()
        let dialled = try Program.run(
            ["worker", "--connect-timeout", "1"], environment: ["HEADSTART_ADDRESS": address])
        #expect(dialled.status == 69)
        #expect(dialled.errors.contains(address))
    }
}
