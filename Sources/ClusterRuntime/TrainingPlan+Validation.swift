import Foundation
import Imaging
import LivePage
import VGGBackbone
import ZeroMQTransport

/// An option of a command whose value can't be used.
package struct PlanError: Error, Equatable, CustomStringConvertible {
    /// As it is written on the command line, such as "--epochs".
    package let option: String
    package let problem: String
    package let remedy: String

    package init(option: String, problem: String, remedy: String) {
        self.option = option
        self.problem = problem
        self.remedy = remedy
    }

    package var description: String { "\(option): \(problem); \(remedy)" }
}

extension TrainingPlan {
    /// The largest value of `pixelLimit`.
    package static let pixelLimitLimit = 10_000_000_000
    /// The largest batch: its factors at 256 units stay below 500 MB.
    package static let batchSizeLimit = 4096
    /// The most hidden units, as in VGG's own dense layers: weights and moments take 1.2 GB.
    package static let hiddenUnitsLimit = 4096

    /// Throws for the first invalid value. Files are not looked at; they are checked when they are read.
    package func validate() throws(PlanError) {
        try Self.require(epochs, in: 1...1_000_000, "--epochs")
        try Self.require(batchSize, in: 1...Self.batchSizeLimit, "--batch-size")
        try Self.require(hiddenUnits, in: 1...Self.hiddenUnitsLimit, "--hidden-units")
        try Self.require(pixelLimit, in: 1...Self.pixelLimitLimit, "--pixel-limit")
        try Self.require(checkpointSeconds, in: 1...86_400, "--checkpoint-seconds")
        if let lookaheadPictures { try Self.require(lookaheadPictures, in: 0...65_536, "--lookahead") }
        try Self.require(minimumWorkers, in: 1...1024, "--min-workers")
        guard (0...1).contains(verifiedShare) else {
            throw PlanError(
                option: "--verify-share", problem: "\(verifiedShare) isn't a share",
                remedy: "give a number from 0, for none, to 1, for all")
        }
        try cacheBounds.validate()
        try Self.require(lingerSeconds, in: 0...86_400, "--linger")
        if let maxSeconds { try Self.require(maxSeconds, in: 1...Int(Int32.max), "--max-seconds") }
        if let earlyStoppingPatience {
            try Self.require(earlyStoppingPatience, in: 1...1_000_000, "--early-stopping")
        }
        if let localWorkers { try Self.require(localWorkers, in: 0...1024, "--workers") }
        if let threadsPerWorker { try Self.require(threadsPerWorker, in: 1...1024, "--threads") }
        guard learningRate > 0, learningRate.isFinite else {
            throw PlanError(
                option: "--learning-rate", problem: "\(learningRate) isn't a positive number",
                remedy: "give a small one, such as 0.001")
        }
        try validateAugmentation()
        try validateFolders()
        if let listenEndpoint { try Self.requireEndpoint(listenEndpoint, "--listen") }
        try validateSecurity()
        if let dashboard, (try? LivePageAddress(parsing: dashboard)) == nil {
            throw PlanError(
                option: "--dashboard", problem: "\"\(dashboard)\" isn't an address",
                remedy: "write HOST:PORT with a number for the host, such as 127.0.0.1:7780")
        }
    }

    /// Throws for a run on this machine alone that would have no workers.
    package func validateLocalWorkers() throws(PlanError) {
        guard localWorkers != 0 else {
            throw PlanError(
                option: "--workers", problem: "the run would have no workers",
                remedy: "give at least 1, or start headstart coordinator and separate workers")
        }
    }

    private func validateAugmentation() throws(PlanError) {
        guard let augmentation else {
            guard !augmentsValidation else {
                throw PlanError(
                    option: "--augment-validation", problem: "there is no augmentation to use",
                    remedy: "leave it out, or take --augment keras")
            }
            return
        }
        try augmentation.validate()
    }

    private func validateFolders() throws(PlanError) {
        guard !trainDirectory.isEmpty else {
            throw PlanError(
                option: "TRAIN_DIR", problem: "no folder is given",
                remedy: "name the one whose folders are the classes")
        }
        guard !output.isEmpty else {
            throw PlanError(
                option: "--out", problem: "no folder is given", remedy: "name a new folder for the run")
        }
        try requireOutput(outside: trainDirectory, "the training folder")
        switch validation {
        case .none: break
        case .folder(let path):
            guard !path.isEmpty else {
                throw PlanError(
                    option: "--validation", problem: "no folder is given",
                    remedy: "name one with the same classes, or leave the option out")
            }
            try requireOutput(outside: path, "the validation folder")
        case .split(let fraction):
            guard fraction > 0, fraction < 1 else {
                throw PlanError(
                    option: "--validation-split", problem: "\(fraction) isn't between 0 and 1",
                    remedy: "0.2 keeps a fifth of every class for validation")
            }
        }
    }

    /// A run folder inside a folder of classes would be a class in the next scan.
    private func requireOutput(outside folder: String, _ name: String) throws(PlanError) {
        guard !PathComponents(output).lies(in: PathComponents(folder)) else {
            throw PlanError(
                option: "--out", problem: "it lies in \(name), where each folder is a class",
                remedy: "name a folder outside of \(folder)")
        }
    }

    /// Throws unless `value` is in `range`.
    package static func require(
        _ value: Int, in range: ClosedRange<Int>, _ option: String
    ) throws(PlanError) {
        guard range.contains(value) else {
            throw PlanError(
                option: option, problem: "\(value) can't be used",
                remedy: "give a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// Throws unless `endpoint` has the form tcp://HOST:PORT; one to dial has no wildcards, or is a meeting
    /// place.
    package static func requireEndpoint(
        _ endpoint: String, _ option: String, toDial: Bool = false
    ) throws(PlanError) {
        if toDial, MeetingPlace.isOne(endpoint) { return }
        let parts = endpoint.wholeMatch(
            of: /tcp:\/\/(\[[0-9A-Fa-f:.]+(?:%[^\s\[\]\/%]+)?\]|[^\s:\/\[\]]+):(\d{1,5}|\*)/)
        let port = parts.flatMap { $0.2 == "*" ? 0 : Int($0.2) }
        guard let port, port <= 65_535, !toDial || port > 0 && parts?.1 != "*" else {
            throw PlanError(
                option: option, problem: "\"\(endpoint)\" isn't an address",
                remedy: "write it as tcp://HOST:PORT, such as tcp://192.168.1.5:7733")
        }
    }
}

extension AugmentationRanges {
    /// Throws for the first invalid range.
    package func validate() throws(PlanError) {
        guard (0...90).contains(shearDegrees) else {
            throw PlanError(
                option: "--shear", problem: "\(shearDegrees) isn't between 0 and 90 degrees",
                remedy: "the recipe takes 0.2")
        }
        guard (0..<1).contains(zoom) else {
            throw PlanError(
                option: "--zoom", problem: "\(zoom) isn't at least 0 and below 1",
                remedy: "the recipe takes 0.2")
        }
    }
}

/// A path's components, compared without looking at the disk.
private struct PathComponents {
    private let isAbsolute: Bool
    private var names: [Substring] = []

    init(_ path: String) {
        isAbsolute = path.hasPrefix("/")
        for name in path.split(separator: "/") where name != "." {
            if name == "..", let last = names.last, last != ".." {
                names.removeLast()
            } else {
                names.append(name)
            }
        }
    }

    func lies(in folder: PathComponents) -> Bool {
        isAbsolute == folder.isAbsolute && names.count >= folder.names.count
            && zip(names, folder.names).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }
}
