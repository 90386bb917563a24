/// Describes a network as in Keras' `config.json`: a Sequential of Keras' own layers.
///
/// Only options are stated that differ from Keras' defaults or that a user's settings could change, so every
/// Keras 3 can read it, even if later versions have more options.
enum KerasConfiguration {
    static func model(_ network: SequentialNetwork) -> JSONValue {
        let input = object(
            "InputLayer",
            [
                "name": .text(network.inputName), "dtype": "float32",
                "batch_shape": .array([.null] + network.inputShape.map(JSONValue.integer)),
            ])
        return object(
            "Sequential", module: "keras",
            [
                "name": .text(SequentialNetwork.name), "trainable": true, "dtype": "float32",
                "layers": .array([input] + network.layers.map(layer)),
            ])
    }

    private static func layer(_ layer: SequentialNetwork.Layer) -> JSONValue {
        func described(
            _ kind: String, trainable: Bool = true, _ options: [String: JSONValue]
        ) -> JSONValue {
            let common: [String: JSONValue] = [
                "name": .text(layer.name), "trainable": .bool(trainable), "dtype": "float32",
            ]
            return object(kind, common.merging(options) { _, option in option })
        }
        return switch layer.operation {
        case .rescaling(let scale, let offset):
            described(
                "Rescaling",
                [
                    "scale": .array(scale.map(JSONValue.number)),
                    "offset": .array(offset.map(JSONValue.number)),
                ])
        case .convolution(let weights):
            described(
                "Conv2D", trainable: false,
                [
                    "filters": .integer(weights.outputs), "kernel_size": [.integer(3), .integer(3)],
                    "padding": "same", "data_format": "channels_last", "activation": "relu",
                ])
        case .maxPooling:
            described(
                "MaxPooling2D",
                ["pool_size": [.integer(2), .integer(2)], "data_format": "channels_last"])
        case .flattening:
            described("Flatten", ["data_format": "channels_last"])
        case .dense(let weights, let activation):
            described(
                "Dense", ["units": .integer(weights.outputs), "activation": .text(activation.rawValue)])
        }
    }

    /// An object that Keras recreates from its class and options.
    private static func object(
        _ kind: String, module: String = "keras.layers", _ options: [String: JSONValue]
    ) -> JSONValue {
        [
            "module": .text(module), "class_name": .text(kind), "config": .object(options),
            "registered_name": nil,
        ]
    }
}
