import ClusterRuntime
import Foundation
import Glibc
import VGGBackbone

/// The doctor's checks of this machine.
package enum MachineChecks {
    /// The most memory that a worker takes, by design.
    private static let workerMegabytes = 700
    /// With less free space, the weights, pictures and features in the cache soon fill it up.
    private static let cacheMegabytes = 2_000

    /// Checks cores, libraries, memory, cache, the arithmetic's digest and the backbone's weights.
    ///
    /// - Parameter isWorker: whether the machine is to be a worker, which gets the weights from its
    ///   coordinator.
    package static func all(
        weights: WeightsSource, architecture: VGGArchitecture, isWorker: Bool, environment: RuntimeEnvironment
    ) -> [Check] {
        [
            .ok(
                "processor",
                "\(environment.processorCount == 1 ? "1 core" : "\(environment.processorCount) cores"), "
                    + "\(environment.kernels.rawValue) kernels"),
            libraries(), memory(), cache(environment.cacheDirectory), arithmetic(environment),
            backbone(weights, architecture: architecture, isWorker: isWorker, environment: environment),
        ]
    }

    /// The C libraries that this process has loaded, with their versions from the files' names.
    private static func libraries() -> Check {
        let bytes = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()
        let maps = String(decoding: bytes ?? Data(), as: UTF8.self)
        let files = Set(maps.split(separator: "\n").compactMap { $0.split(separator: "/").last })
        let found = files.compactMap { file in
            file.wholeMatch(
                of: /lib(zmq|sodium|jpeg|png|tiff|webp|gif|lmdb|hdf5|minizip)[\w-]*\.so\.([\d.]+)/
            )
            .map { "\($0.1) \($0.2)" }
        }
        guard !found.isEmpty else { return .warn("libraries", "the system doesn't tell", "mount /proc") }
        return .ok("libraries", found.sorted().joined(separator: ", "))
    }

    private static func memory() -> Check {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        guard let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            return .warn("memory", "the system doesn't tell", "mount /proc")
        }
        let found = "\(kilobytes / 1024) MB free"
        return kilobytes / 1024 >= workerMegabytes
            ? .ok("memory", found)
            : .warn(
                "memory", found, "a worker takes up to \(workerMegabytes) MB; end something or start fewer")
    }

    /// Checks the cache folder, or its nearest ancestor that exists.
    private static func cache(_ folder: String) -> Check {
        var place = folder
        while access(place, F_OK) != 0, place.count > 1 {
            place = URL(filePath: place).deletingLastPathComponent().path
        }
        guard access(place, W_OK) == 0 else {
            return .fail(
                "cache", "\(folder) can't be written",
                "give another folder with --cache or XDG_CACHE_HOME, or change its owner")
        }
        var status = statvfs()
        guard statvfs(place, &status) == 0 else {
            return .warn("cache", "\(folder): the system doesn't tell what is free", "look with df")
        }
        let megabytes = (Int(status.f_bavail) * Int(status.f_frsize)) >> 20
        let found = "\(folder), \(megabytes) MB free"
        return megabytes >= cacheMegabytes
            ? .ok("cache", found)
            : .warn(
                "cache", found, "weights, pictures and features are kept there; make room or give --cache")
    }

    private static func arithmetic(_ environment: RuntimeEnvironment) -> Check {
        do {
            let digest = try ArithmeticFingerprint.digest(kernels: environment.kernels)
            return .ok("arithmetic", "\(digest.hex.prefix(12)): workers must show the coordinator's")
        } catch {
            return .fail(
                "arithmetic", "the self-test of kernels and codecs fails: \(error)",
                "install the codec libraries of this Debian anew")
        }
    }

    private static func backbone(
        _ source: WeightsSource, architecture: VGGArchitecture, isWorker: Bool,
        environment: RuntimeEnvironment
    ) -> Check {
        do {
            let weights = try loadBackbone(source, architecture: architecture, environment: environment)
            return .ok(
                "weights", "\(architecture.rawValue), \(source), digest \(weights.digest.hex.prefix(12))")
        } catch WeightsError.notFetched where isWorker {
            return .ok("weights", "none on this machine; a worker gets them from its coordinator")
        } catch {
            return .fail("weights", error: "\(error)", otherwise: "headstart weights fetch")
        }
    }
}
