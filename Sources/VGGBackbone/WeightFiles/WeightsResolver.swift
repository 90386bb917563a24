import ContentAddressing
import Files
import Glibc

package enum ResolvedWeights: Sendable {
    /// Weights from a formula; there is no file.
    case seeded(UInt64)
    /// A file in the flat form, and its content.
    case file(path: String, weights: BackboneWeights)
}

/// Finds the requested weights, as a verified file in the flat form.
///
/// A process of its own converts HDF5 once, into `<cache>/weights/<digest of the source>.safetensors`. Later
/// the flat file is found by that digest.
package struct WeightsResolver: Sendable {
    /// Converts a weight file into the flat form, in a child process.
    package typealias Conversion = @Sendable (_ source: String, _ target: String) throws -> Void

    /// Keras' folder for weights: `~/.keras/models`.
    package let kerasFolder: String
    /// HeadStart's folder for official and converted files: `weights` in its cache.
    package let weightsFolder: String
    private let convert: Conversion

    package init(kerasFolder: String, cacheFolder: String, convert: @escaping Conversion) {
        self.kerasFolder = kerasFolder
        weightsFolder = cacheFolder + "/weights"
        self.convert = convert
    }

    /// The path to which `headstart weights fetch` downloads an official file.
    package func downloadPath(of official: OfficialWeights) -> String {
        weightsFolder + "/" + official.fileName
    }

    /// Finds the weights, converts them if necessary, and verifies that every tensor is present, has the
    /// right shape and is finite, and that they belong to the requested network.
    package func resolve(
        _ source: WeightsSource, architecture: VGGArchitecture
    ) throws(WeightsError) -> ResolvedWeights {
        let path: String
        switch source {
        case .random(let seed): return .seeded(seed)
        case .file(let file): path = file
        case .imagenet: path = try officialFile(of: architecture)
        }
        let (flat, weights) = try flatFile(of: path)
        guard weights.architecture == architecture else {
            throw .otherNetwork(path: path, found: weights.architecture, expected: architecture)
        }
        return .file(path: flat, weights: weights)
    }

    private func officialFile(of architecture: VGGArchitecture) throws(WeightsError) -> String {
        let name = OfficialWeights.fileName(of: architecture)
        let candidates = [kerasFolder + "/" + name, weightsFolder + "/" + name]
        for path in candidates where access(path, F_OK) == 0 {
            // For VGG19 any file with a complete VGG19 is accepted, because others than the published one
            // exist.
            guard architecture == .vgg16 else { return path }
            let md5: String
            do { md5 = try PublishedChecksum.md5(ofFile: path) } catch { throw .fileSystem(error) }
            guard md5 == OfficialWeights.vgg16.md5 else { throw .notOfficial(path: path) }
            return path
        }
        throw .notFetched(architecture: architecture, searched: candidates)
    }

    private func flatFile(of path: String) throws(WeightsError) -> (path: String, weights: BackboneWeights) {
        if try WeightFileFormat(path: path) == .safetensors {
            return (path, try BackboneWeights(safetensorsPath: path))
        }
        let digest: ContentDigest
        do throws(FileSystemError) {
            digest = try ContentDigest.hashing(file: path).digest
            try Folder.createPrivate(weightsFolder)
        } catch {
            throw .fileSystem(error)
        }
        let flat = "\(weightsFolder)/\(digest.hex).safetensors"
        // A missing or damaged flat file is converted again.
        if let weights = try? BackboneWeights(safetensorsPath: flat) { return (flat, weights) }
        do {
            try convert(path, flat)
        } catch let error as WeightsError {
            throw error
        } catch {
            throw .conversionFailed(path: path, reason: "\(error)")
        }
        // `headstart weights convert` creates the file with the permissions that the umask allows.
        keepPrivate(flat)
        return (flat, try BackboneWeights(safetensorsPath: flat))
    }
}
