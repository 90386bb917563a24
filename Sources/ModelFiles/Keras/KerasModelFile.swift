import Files

/// Writes complete models in Keras 3's `.keras` format: a ZIP archive of `config.json` (the layers),
/// `metadata.json` and `model.weights.h5`.
///
/// Keras ignores unknown keys in `metadata.json`, so the network's own metadata is stored there, under
/// "headstart". Source: `keras/src/saving/saving_lib.py`.
package enum KerasModelFile {
    /// Writes `network` durably, replacing an existing file. The same network gives the same bytes.
    package static func write(_ network: SequentialNetwork, to path: String) throws(FileSystemError) {
        try DurableFile.write(path, for: .shared) {
            (content: inout DurableFile.Content) throws(FileSystemError) in
            let archivePath = content.path
            // HDF5 seeks in its file, so it can't be written into the archive directly.
            try DurableFile.withScratchFile(beside: path) { (scratchPath) throws(FileSystemError) in
                try writeWeights(of: network, to: scratchPath)
                var archive = try ZipWriter(path: archivePath)
                try archive.add("metadata.json", bytes: metadata(of: network).encoded)
                try archive.add("config.json", bytes: KerasConfiguration.model(network).encoded)
                try archive.add("model.weights.h5", contentOf: OwnedFile(scratchPath, .reading))
                try archive.finish()
            }
        }
    }

    /// The Keras version of this format, which every later version reads.
    private static let kerasVersion = "3.0.0"

    private static func metadata(of network: SequentialNetwork) -> JSONValue {
        [
            "keras_version": .text(kerasVersion),
            "headstart": .object(network.metadata.mapValues(JSONValue.text)),
        ]
    }

    /// Keras names a layer's group by the layer's kind and its index among layers of that kind. The layer's
    /// name is an attribute.
    private static func writeWeights(of network: SequentialNetwork, to path: String) throws(FileSystemError) {
        let file = try HDF5Writer(path: path)
        try file.group("vars")
        try file.text(SequentialNetwork.name, attribute: "name", of: "vars")
        try file.group("layers")
        var seen: [String: Int] = [:]
        for layer in network.layers {
            guard let weights = layer.weights else { continue }
            let kind = if case .convolution = layer.operation { "conv2d" } else { "dense" }
            let place = seen[kind, default: 0]
            seen[kind] = place + 1
            let group = "layers/" + (place == 0 ? kind : "\(kind)_\(place)")
            try file.group(group)
            try file.group(group + "/vars")
            try file.text(layer.name, attribute: "name", of: group + "/vars")
            try file.dataset(group + "/vars/0", shape: weights.kernelShape, floats: weights.kernel)
            try file.dataset(group + "/vars/1", shape: [weights.outputs], floats: weights.bias)
        }
        try file.flush()
    }
}
