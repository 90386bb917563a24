package enum WeightsConverter {
    /// Reads Keras' HDF5 or safetensors from `source`, checks every tensor, and writes the flat form to
    /// `target`.
    ///
    /// It parses HDF5, so call it in a process of its own (`headstart weights convert`).
    package static func convert(from source: String, to target: String) throws(WeightsError) {
        let weights =
            switch try WeightFileFormat(path: source) {
            case .hdf5: try KerasWeightsFile.read(source)
            case .safetensors: try BackboneWeights(safetensorsPath: source)
            }
        try weights.write(safetensorsTo: target)
    }
}
