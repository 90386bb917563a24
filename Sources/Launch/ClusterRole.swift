import ClusterRuntime
import Foundation

/// Why a process's role can't be derived from its launcher's variables.
package enum ClusterRoleError: Error, Equatable, CustomStringConvertible {
    case noLauncher
    case missing(variable: String, launcher: String, remedy: String)
    case unusable(variable: String, value: String, remedy: String)

    package var description: String {
        switch self {
        case .noLauncher:
            "no launcher has set RANK, SLURM_PROCID or JOB_COMPLETION_INDEX; start it with srun, torchrun or an "
                + "indexed Kubernetes job, or use headstart train, coordinator and worker"
        case .missing(let variable, let launcher, let remedy):
            "\(launcher) has not set \(variable); \(remedy)"
        case .unusable(let variable, let value, let remedy):
            "\(variable) is \"\(value)\", which can't be used; \(remedy)"
        }
    }
}

/// The role of a process among those that a launcher starts with the same command, as a pure function of the
/// given environment.
///
/// Rank 0 coordinates and has a worker beside it; the others work for it.
package struct ClusterRole: Sendable, Equatable {
    package enum Launcher: String, Sendable {
        case torchrun = "the torchrun-like launcher"
        case slurm = "Slurm"
        case kubernetes = "the indexed job"
    }

    package let launcher: Launcher
    package let rank: Int
    /// The number of processes; `nil` if the launcher doesn't say.
    package let size: Int?
    /// The coordinator's address, tcp://HOST:PORT.
    package let address: String

    package var coordinates: Bool { rank == 0 }

    /// All interfaces, at the port of `address`: workers may arrive through any of them.
    package var listenEndpoint: String {
        "tcp://*:" + (address.split(separator: ":").last.map(String.init) ?? "\(Self.standardPort)")
    }

    /// The default port.
    static let standardPort = 7733

    /// Derives the role; `HEADSTART_ADDRESS` takes precedence over the address from the launcher's variables.
    package init(environment: [String: String]) throws(ClusterRoleError) {
        let variables = environment.filter { !$0.value.isEmpty }
        let given = variables["HEADSTART_ADDRESS"]
        if variables["RANK"] != nil {
            launcher = .torchrun
            rank = try Self.number("RANK", in: variables)
            size = try Self.size("WORLD_SIZE", in: variables)
            if let given { address = given } else { address = try Self.torchrunAddress(variables) }
        } else if variables["SLURM_PROCID"] != nil {
            launcher = .slurm
            rank = try Self.number("SLURM_PROCID", in: variables)
            size = try Self.size("SLURM_NTASKS", in: variables)
            if let given { address = given } else { address = try Self.slurmAddress(variables) }
        } else if variables["JOB_COMPLETION_INDEX"] != nil {
            launcher = .kubernetes
            rank = try Self.number("JOB_COMPLETION_INDEX", in: variables)
            size = nil
            guard let given else {
                throw .missing(
                    variable: "HEADSTART_ADDRESS", launcher: launcher.rawValue,
                    remedy: "set it to the first pod's address, such as tcp://train-0.train:7733")
            }
            address = given
        } else {
            throw .noLauncher
        }
        if let size, rank >= size {
            throw .unusable(
                variable: launcher == .slurm ? "SLURM_PROCID" : "RANK", value: "\(rank)",
                remedy: "it must be below the number of processes, \(size)")
        }
        do { try TrainingPlan.requireEndpoint(address, "HEADSTART_ADDRESS") } catch {
            throw .unusable(
                variable: "the coordinator's address", value: address,
                remedy: "set HEADSTART_ADDRESS to tcp://HOST:PORT")
        }
    }

    private static func number(
        _ variable: String, in variables: [String: String]
    ) throws(ClusterRoleError) -> Int {
        let text = variables[variable] ?? ""
        guard let number = Int(text), (0...Int(Int32.max)).contains(number) else {
            throw .unusable(variable: variable, value: text, remedy: "it must be a number from 0 on")
        }
        return number
    }

    private static func size(
        _ variable: String, in variables: [String: String]
    ) throws(ClusterRoleError) -> Int? {
        variables[variable] == nil ? nil : try number(variable, in: variables)
    }

    private static func torchrunAddress(_ variables: [String: String]) throws(ClusterRoleError) -> String {
        guard let host = variables["MASTER_ADDR"] else {
            throw .missing(
                variable: "MASTER_ADDR", launcher: Launcher.torchrun.rawValue,
                remedy: "set it to the first process' host, or HEADSTART_ADDRESS to tcp://HOST:PORT")
        }
        var port = try variables["MASTER_PORT"] == nil ? standardPort : number("MASTER_PORT", in: variables)
        // Torchrun's own store listens at its port; the next one is free as a rule.
        if variables["TORCHELASTIC_USE_AGENT_STORE"]?.lowercased() == "true" { port += 1 }
        return "tcp://\(bracketed(host)):\(port)"
    }

    private static func slurmAddress(_ variables: [String: String]) throws(ClusterRoleError) -> String {
        // The launching node is the first of the job under sbatch, and a login node under a plain srun, so it
        // comes last.
        let host =
            variables["SLURM_STEP_NODELIST"].flatMap(firstHost(ofSlurmList:))
            ?? variables["SLURM_LAUNCH_NODE_IPADDR"]
        guard let host else {
            throw .missing(
                variable: "SLURM_STEP_NODELIST", launcher: Launcher.slurm.rawValue,
                remedy: "start it with srun, or set HEADSTART_ADDRESS to tcp://HOST:PORT")
        }
        return "tcp://\(bracketed(host)):\(try slurmPort(variables))"
    }

    /// A port that jobs on the same node and steps of the same job don't share, below the ephemeral ports.
    private static func slurmPort(_ variables: [String: String]) throws(ClusterRoleError) -> Int {
        guard variables["SLURM_JOB_ID"] != nil else { return standardPort }
        let job = try number("SLURM_JOB_ID", in: variables)
        let step = try variables["SLURM_STEP_ID"] == nil ? 0 : number("SLURM_STEP_ID", in: variables)
        // Jobs beside each other have consecutive numbers, and so have steps; a hundred steps of one job
        // don't reach the next job's ports.
        return 10_000 + (job % portCount * stepsPerJob + step % portCount) % portCount
    }

    private static let portCount = 20_000
    /// Coprime to `portCount`, so that this many consecutive jobs get different ports.
    private static let stepsPerJob = 101

    /// The first host of a list such as "rack[1-2]node[07-09,12]-ib,login1"; `nil` if there is none.
    static func firstHost(ofSlurmList list: String) -> String? {
        // Plain text and bracket pairs, each replaced by its first number.
        guard let match = list.prefixMatch(of: /(?:[^,\[\]\s]|\[\d+[^\[\]]*\])+/),
            match.output.endIndex == list.endIndex || list[match.output.endIndex] == ","
        else { return nil }
        return String(match.output).replacing(/\[(\d+)[^\]]*\]/) { $0.1 }
    }

    private static func bracketed(_ host: String) -> String {
        host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    }
}
