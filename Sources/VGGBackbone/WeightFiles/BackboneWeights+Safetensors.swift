import ContentAddressing
import ModelFiles

extension BackboneWeights {
    private enum MetadataKey {
        static let architecture = "architecture"
        static let digest = "digest"
    }

    /// Reads the flat form: a safetensors file with Keras 3's tensor names, such as "block1_conv1/kernel".
    ///
    /// The names identify the network. If the file states the weights' digest, it must match.
    package init(safetensorsPath path: String) throws(WeightsError) {
        let file: SafetensorsFile
        do { file = try SafetensorsFile(path: path) } catch { throw .safetensors(error) }
        let layerNames = file.tensors.map { tensor in String(tensor.name.prefix { $0 != "/" }) }
        guard let architecture = VGGArchitecture(layerNames: layerNames) else {
            throw .noVGG(path: path, layers: layerNames)
        }
        var kernels: [[Float]] = []
        var biases: [[Float]] = []
        for layer in architecture.layers {
            kernels.append(try Self.tensor(layer.kernelName, shape: layer.kernelShape, in: file))
            biases.append(try Self.tensor(layer.biasName, shape: layer.biasShape, in: file))
        }
        self.init(architecture: architecture, kernels: kernels, biases: biases)
        if let stated = file.metadata[MetadataKey.digest], stated != digest.hex {
            throw .wrongDigest(path: path)
        }
    }

    private static func tensor(
        _ name: String, shape: [Int], in file: SafetensorsFile
    ) throws(WeightsError) -> [Float] {
        guard let entry = file.tensors.first(where: { $0.name == name }) else {
            throw .missingTensor(path: file.path, tensor: name)
        }
        guard entry.shape == shape else {
            throw .misshapen(path: file.path, tensor: name, shape: entry.shape, expected: shape)
        }
        let floats: [Float]
        do { floats = try file.floats(name) } catch { throw .safetensors(error) }
        guard floats.allSatisfy(\.isFinite) else { throw .nonFinite(path: file.path, tensor: name) }
        return floats
    }

    /// Writes the flat form durably, with the architecture and the digest as metadata. The same weights give
    /// the same bytes.
    package func write(safetensorsTo path: String) throws(WeightsError) {
        var tensors: [(name: String, shape: [Int], floats: [Float])] = []
        for (index, layer) in architecture.layers.enumerated() {
            tensors.append((layer.kernelName, layer.kernelShape, kernels[index]))
            tensors.append((layer.biasName, layer.biasShape, biases[index]))
        }
        let metadata = [MetadataKey.architecture: architecture.rawValue, MetadataKey.digest: digest.hex]
        do {
            try SafetensorsWriter.write(tensors: tensors, metadata: metadata, to: path)
        } catch {
            throw .fileSystem(error)
        }
    }
}
