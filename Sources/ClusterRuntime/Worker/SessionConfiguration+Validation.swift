import ClassifierHead
import TrainingProtocol
import VGGBackbone
import WireMessages

/// A coordinator's session has a value that no run can have.
struct ImpossibleSession: Error, Equatable, CustomStringConvertible {
    let field: String

    var description: String {
        "the coordinator's \(field) is out of every bound; check that both ends are the same version of headstart"
    }
}

extension SessionConfiguration {
    /// The largest picture or weight file, in bytes.
    private static let mostBytes = 1 << 32

    /// Throws for numbers that no run can have, before they are used as sizes or indices.
    func validate() throws(ImpossibleSession) {
        guard (1...TrainingPlan.hiddenUnitsLimit).contains(hiddenUnits) else {
            throw ImpossibleSession(field: "number of hidden units")
        }
        guard (2...1_000_000).contains(classCount) else {
            throw ImpossibleSession(field: "number of classes")
        }
        guard (1...TrainingPlan.pixelLimitLimit).contains(pixelLimit) else {
            throw ImpossibleSession(field: "pixel limit")
        }
        guard (0...Self.mostBytes).contains(weightsByteCount) else {
            throw ImpossibleSession(field: "size of the weights")
        }
        if let augmentation {
            guard (0...90).contains(augmentation.shearDegrees), (0..<1).contains(augmentation.zoom) else {
                throw ImpossibleSession(field: "augmentation")
            }
        }
    }

    /// The shape of the run's head; throws if the session is invalid.
    package func headShape() throws -> HeadShape {
        try validate()
        return try HeadShape(
            checking: VGGArchitecture.featureCount, hiddenUnits: hiddenUnits, classCount: classCount)
    }

    /// Whether a sample can belong to this run.
    func admits(_ sample: Sample) -> Bool {
        (0..<classCount).contains(sample.label) && (0...Self.mostBytes).contains(sample.byteCount)
    }
}

extension Work {
    /// The samples whose pictures are needed; none for factor gradients, whose features the coordinator has.
    var samples: [Sample] {
        switch self {
        case .check(let samples), .extract(let samples, _), .denseGradient(let samples, _, _),
            .evaluate(let samples, _):
            samples
        case .factorGradient: []
        }
    }
}
