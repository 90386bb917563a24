import Testing

@testable import Launch

@Suite("A process finds its part by its launcher's variables")
struct ClusterRoleTests {
    struct Case: Sendable {
        let environment: [String: String]
        let rank: Int
        let address: String
        let listen: String
    }

    static let cases: [Case] = [
        Case(
            environment: ["RANK": "0", "WORLD_SIZE": "4", "MASTER_ADDR": "gpu1", "MASTER_PORT": "29500"],
            rank: 0, address: "tcp://gpu1:29500", listen: "tcp://*:29500"),
        Case(
            environment: [
                "RANK": "3", "WORLD_SIZE": "4", "MASTER_ADDR": "fd00::1", "MASTER_PORT": "29500",
                "TORCHELASTIC_USE_AGENT_STORE": "True", "SLURM_PROCID": "1",
            ], rank: 3, address: "tcp://[fd00::1]:29501", listen: "tcp://*:29501"),
        Case(
            environment: ["RANK": "1", "MASTER_ADDR": "10.0.0.1"], rank: 1, address: "tcp://10.0.0.1:7733",
            listen: "tcp://*:7733"),
        Case(
            environment: [
                "SLURM_PROCID": "0", "SLURM_NTASKS": "8", "SLURM_STEP_NODELIST": "node[07-09,12],login1",
                "SLURM_LAUNCH_NODE_IPADDR": "10.9.9.9", "SLURM_JOB_ID": "1234567", "SLURM_STEP_ID": "2",
            ], rank: 0, address: "tcp://node07:21269", listen: "tcp://*:21269"),
        Case(
            environment: ["SLURM_PROCID": "5", "SLURM_STEP_NODELIST": "a1,a2"], rank: 5,
            address: "tcp://a1:7733", listen: "tcp://*:7733"),
        Case(
            environment: ["SLURM_PROCID": "5", "SLURM_LAUNCH_NODE_IPADDR": "10.0.0.7"], rank: 5,
            address: "tcp://10.0.0.7:7733", listen: "tcp://*:7733"),
        Case(
            environment: ["JOB_COMPLETION_INDEX": "2", "HEADSTART_ADDRESS": "tcp://train-0.train:7733"],
            rank: 2, address: "tcp://train-0.train:7733", listen: "tcp://*:7733"),
        Case(
            environment: [
                "RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "x", "HEADSTART_ADDRESS": "tcp://[::1]:99",
            ], rank: 1, address: "tcp://[::1]:99", listen: "tcp://*:99"),
    ]

    @Test("rank and address", arguments: cases)
    func roles(example: Case) throws {
        let role = try ClusterRole(environment: example.environment)
        #expect(role.rank == example.rank)
        #expect(role.coordinates == (example.rank == 0))
        #expect(role.address == example.address)
        #expect(role.listenEndpoint == example.listen)
    }

    @Test(
        "what can't be used is an error that names the variable and the remedy",
        arguments: [
            ([:], "RANK, SLURM_PROCID or JOB_COMPLETION_INDEX"),
            (["RANK": ""], "RANK, SLURM_PROCID or JOB_COMPLETION_INDEX"),
            (["RANK": "-1", "MASTER_ADDR": "a"], "RANK is \"-1\""),
            (["RANK": "x", "MASTER_ADDR": "a"], "RANK is \"x\""),
            (["RANK": "4", "WORLD_SIZE": "4", "MASTER_ADDR": "a"], "below the number of processes, 4"),
            (["RANK": "0"], "MASTER_ADDR"),
            (["RANK": "0", "MASTER_ADDR": "a", "MASTER_PORT": "p"], "MASTER_PORT is \"p\""),
            (["RANK": "0", "MASTER_ADDR": "a b"], "tcp://a b:7733"),
            (["RANK": "0", "MASTER_ADDR": "a", "MASTER_PORT": "70000"], "70000"),
            (
                [
                    "RANK": "0", "MASTER_ADDR": "a", "MASTER_PORT": "9223372036854775807",
                    "TORCHELASTIC_USE_AGENT_STORE": "true",
                ], "MASTER_PORT is \"9223372036854775807\""
            ),
            (["SLURM_PROCID": "0"], "SLURM_STEP_NODELIST"),
            (["JOB_COMPLETION_INDEX": "0"], "HEADSTART_ADDRESS"),
            (["JOB_COMPLETION_INDEX": "0", "HEADSTART_ADDRESS": "train-0:1"], "tcp://HOST:PORT"),
        ] as [([String: String], String)])
    func errors(environment: [String: String], part: String) throws {
        let error = #expect(throws: ClusterRoleError.self) { try ClusterRole(environment: environment) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("; ") == true)
    }

    @Test("the first host of a Slurm list")
    func slurmLists() {
        #expect(ClusterRole.firstHost(ofSlurmList: "n[1-3]") == "n1")
        #expect(ClusterRole.firstHost(ofSlurmList: "n[001,005]-ib,m") == "n001-ib")
        #expect(ClusterRole.firstHost(ofSlurmList: "single") == "single")
        #expect(ClusterRole.firstHost(ofSlurmList: "rack[1-2]node[01-03]") == "rack1node01")
        #expect(ClusterRole.firstHost(ofSlurmList: "r[04,06]n[2]-x[10-11]y,z") == "r04n2-x10y")
        #expect(ClusterRole.firstHost(ofSlurmList: "[7-9]") == "7")
        for list in ["", ",a", "n[", "n[]", "n[1-2", "n]1", "a[1]]"] {
            #expect(ClusterRole.firstHost(ofSlurmList: list) == nil, "\(list)")
        }
    }

    @Test("no two steps of neighbouring jobs get one port, and none gets one that the system gives away")
    func slurmPorts() throws {
        var ports: [String: String] = [:]
        for job in 4_294_960...4_295_060 {
            for step in [0, 1, 2, 99, 100] {
                let role = try ClusterRole(environment: [
                    "SLURM_PROCID": "1", "SLURM_STEP_NODELIST": "n1", "SLURM_JOB_ID": "\(job)",
                    "SLURM_STEP_ID": "\(step)",
                ])
                #expect(ports.updateValue("\(job).\(step)", forKey: role.address) == nil)
                let port = try #require(Int(role.address.split(separator: ":")[2]))
                #expect((10_000..<30_000).contains(port))
            }
        }
    }
}
