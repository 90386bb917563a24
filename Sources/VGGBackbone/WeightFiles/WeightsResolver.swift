import ContentAddressing
import Glibc

/// Weights that were found and verified.
package enum ResolvedWeights: Sendable {
    /// Weights from a formula; there is no file.
    case seeded(UInt64)
    /// A file in the flat form, and what it holds.
    case file(path: String, weights: BackboneWeights)
}

/// Finds the weights that are asked for, as a verified file in the flat form.
///
/// HDF5 is converted once, by a process of its own, into `<cache>/weights/<digest of the
/// source>.safetensors`; later the flat file is found by that digest.
package struct WeightsResolver: Sendable {
    /// Converts a weight file (first path) into the flat form (second path), in a child process.
    package typealias Conversion = @Sendable (_ source: String, _ target: String) throws -> Void

    /// Where Keras keeps its weights: `~/.keras/models`.
    package let kerasFolder: String
    /// Where HeadStart keeps official files and converted ones: `weights` in its cache.
    package let weightsFolder: String
    private let convert: Conversion

    package init(kerasFolder: String, cacheFolder: String, convert: @escaping Conversion) {
        self.kerasFolder = kerasFolder
        weightsFolder = cacheFolder + "/weights"
        self.convert = convert
    }

    /// Where `headstart weights fetch` puts an official file.
    package func downloadPath(of official: OfficialWeights) -> String {
        weightsFolder + "/" + official.fileName
    }

    /// Finds, converts where necessary, and verifies: every tensor present, of its shape, finite, and of the
    /// network that is asked for.
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
            // Of VGG19 a file counts whose content is a whole VGG19, as there are such beside the published
            // one.
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
        // A flat file that is absent or damaged is made anew.
        if let weights = try? BackboneWeights(safetensorsPath: flat) { return (flat, weights) }
        do {
            try convert(path, flat)
        } catch let error as WeightsError {
            throw error
        } catch {
            throw .conversionFailed(path: path, reason: "\(error)")
        }
        // Who converts for a user makes it for whomever that user likes.
        keepPrivate(flat)
        return (flat, try BackboneWeights(safetensorsPath: flat))
    }
}
