import ContentAddressing
import ModelFiles

/// Reads VGG16 and VGG19 from the HDF5 files that Keras writes, with or without the dense layers on top.
///
/// HDF5's library is not hardened against hostile files, so the program calls this only in
/// `headstart weights convert`, which runs in a process of its own.
package enum KerasWeightsFile {
    /// Reads the backbone from Keras' legacy `.h5` (weights alone or a whole model) or Keras 3's
    /// `.weights.h5`.
    package static func read(_ path: String) throws(WeightsError) -> BackboneWeights {
        guard try WeightFileFormat(path: path) == .hdf5 else { throw .unknownFormat(path: path) }
        guard let root = HDF5Group(file: path) else { throw .damaged(path: path, part: "its structure") }
        let locations = tensorLocations(in: root)
        let layers = locations.map(\.layer)
        guard let architecture = VGGArchitecture(layerNames: layers) else {
            throw .noVGG(path: path, layers: layers)
        }
        var kernels: [[Float]] = []
        var biases: [[Float]] = []
        for layer in architecture.layers {
            let found = locations.first { $0.layer == layer.name }
            kernels.append(
                try tensor(
                    layer.kernelName, shape: layer.kernelShape, at: found?.kernel, in: root, path: path))
            biases.append(
                try tensor(layer.biasName, shape: layer.biasShape, at: found?.bias, in: root, path: path))
        }
        return BackboneWeights(architecture: architecture, kernels: kernels, biases: biases)
    }

    /// The paths of a layer's tensors in the file; `nil` for a missing one.
    private struct TensorLocation {
        let layer: String
        let kernel: String?
        let bias: String?
    }

    private static func tensor(
        _ name: String, shape: [Int], at location: String?, in root: borrowing HDF5Group, path: String
    ) throws(WeightsError) -> [Float] {
        guard let location else { throw .missingTensor(path: path, tensor: name) }
        let floats: [Float]
        do throws(HDF5Group.ReadingError) {
            floats = try root.floats(location, shape: shape)
        } catch {
            switch error {
            case .missing: throw .missingTensor(path: path, tensor: name)
            case .damaged: throw .damaged(path: path, part: "tensor \(name)")
            case .wrongType: throw .wrongType(path: path, tensor: name)
            case .misshapen(let found):
                throw .misshapen(path: path, tensor: name, shape: found, expected: shape)
            }
        }
        guard floats.allSatisfy(\.isFinite) else { throw .nonFinite(path: path, tensor: name) }
        return floats
    }

    private static func tensorLocations(in root: borrowing HDF5Group) -> [TensorLocation] {
        if let names = root.texts(attribute: "layer_names") {
            return legacyLocations(in: root, layers: names, prefix: "")
        }
        if let model = root.group("model_weights"), let names = model.texts(attribute: "layer_names") {
            return legacyLocations(in: model, layers: names, prefix: "model_weights/")
        }
        var visit = Keras3Visit()
        visit.visit(root, path: "", depth: 0)
        return visit.locations
    }

    /// The legacy layout: one group per layer, whose attribute `weight_names` lists kernel and bias, in this
    /// order, as paths within the group.
    ///
    /// A model that contains VGG as one of its layers lists all of VGG's tensors under that layer, with names
    /// such as "block1_conv1/kernel".
    private static func legacyLocations(
        in group: borrowing HDF5Group, layers: [String], prefix: String
    ) -> [TensorLocation] {
        var order: [String] = []
        var tensors: [String: [String]] = [:]
        for layer in layers {
            if tensors.updateValue([], forKey: layer) == nil { order.append(layer) }
            guard let names = group.group(layer)?.texts(attribute: "weight_names") else { continue }
            for name in names {
                let parts = name.split(separator: "/")
                let inner = parts.dropLast().last.map(String.init)
                let owner = inner.flatMap { VGGArchitecture.isLayerName($0) ? $0 : nil } ?? layer
                if tensors[owner] == nil { order.append(owner) }
                tensors[owner, default: []].append(prefix + layer + "/" + name)
            }
        }
        return order.map { layer in
            let paths = tensors[layer, default: []]
            return TensorLocation(layer: layer, kernel: paths.first, bias: paths.dropFirst().first)
        }
    }

    /// Keras 3's layout: a layer is a group that contains the group `vars`, whose attribute `name` is the
    /// layer's name. The kernel is `vars/0`, the bias `vars/1`. Layers may be nested.
    ///
    /// Early versions of Keras 3 wrote no names, only the groups "conv2d", "conv2d_1", ... of a model. Then
    /// the number of groups identifies the network, and their order the layers.
    private struct Keras3Visit {
        private var named: [TensorLocation] = []
        /// The paths of the convolutions' `vars`, with the model and the position in it.
        private var unnamed: [(model: String, place: Int, vars: String)] = []
        private var visited = 0

        /// Bounds in case groups link in a circle.
        private static let depthLimit = 16
        private static let groupLimit = 10_000

        mutating func visit(_ group: borrowing HDF5Group, path: String, depth: Int) {
            visited += 1
            guard depth < Self.depthLimit, visited < Self.groupLimit else { return }
            for child in group.childNames {
                guard let inner = group.group(child) else { continue }
                if child == "vars" {
                    add(path + "vars/", layer: inner.texts(attribute: "name")?.first)
                } else {
                    visit(inner, path: path + child + "/", depth: depth + 1)
                }
            }
        }

        private mutating func add(_ vars: String, layer: String?) {
            if let layer {
                named.append(Self.location(of: layer, vars: vars))
                return
            }
            let groups = vars.split(separator: "/").dropLast()
            guard let match = groups.last?.wholeMatch(of: /conv2d(?:_(\d+))?/) else { return }
            let place = match.1.map { Int($0) ?? -1 } ?? 0
            unnamed.append((groups.dropLast().joined(separator: "/"), place, vars))
        }

        var locations: [TensorLocation] {
            guard named.isEmpty else { return named }
            for architecture in VGGArchitecture.allCases {
                for model in Set(unnamed.map(\.model)).sorted() {
                    let convolutions = unnamed.filter { $0.model == model }.sorted { $0.place < $1.place }
                    guard convolutions.count == architecture.layers.count else { continue }
                    return zip(architecture.layers, convolutions).map { layer, convolution in
                        Self.location(of: layer.name, vars: convolution.vars)
                    }
                }
            }
            return []
        }

        private static func location(of layer: String, vars: String) -> TensorLocation {
            TensorLocation(layer: layer, kernel: vars + "0", bias: vars + "1")
        }
    }
}
