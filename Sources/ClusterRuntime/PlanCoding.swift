import Imaging
import VGGBackbone

// How the values of a plan are written in config.json, in a readable form.

extension VGGArchitecture: Codable {}
extension Preprocessing: Codable {}

extension ValidationSource: Codable {
    private enum CodingKeys: String, CodingKey { case folder, split }

    /// Reads {"folder": PATH}, {"split": FRACTION} or {}.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        if let path = try values.decodeIfPresent(String.self, forKey: .folder) {
            self = .folder(path)
        } else if let fraction = try values.decodeIfPresent(Double.self, forKey: .split) {
            self = .split(fraction)
        } else {
            self = .none
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .none: break
        case .folder(let path): try values.encode(path, forKey: .folder)
        case .split(let fraction): try values.encode(fraction, forKey: .split)
        }
    }
}

extension WeightsSource: Codable {
    /// Reads the text of the option `--weights`.
    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        do { try self.init(parsing: value.decode(String.self)) } catch let error as WeightsError {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: error.description)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(description)
    }
}
