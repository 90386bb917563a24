import TrainingProtocol
import VGGBackbone
import WireMessages
import ZeroMQTransport

extension TransportSettings {
    /// Settings under which a head of so many hidden units can travel, whole, with small messages behind it.
    static func forHead(hiddenUnits: Int) -> TransportSettings {
        var settings = TransportSettings()
        let head = 4 * hiddenUnits * (VGGArchitecture.featureCount + mostClasses) + headerBytes
        settings.limits.maximumMessageBytes = max(settings.limits.maximumMessageBytes, head)
        // A worker may hold several dense gradients, but sends them one after the other.
        settings.maximumQueuedBytes += settings.limits.maximumMessageBytes
        // Two steps' weights, which all workers share.
        settings.maximumQueuedBytesOfAll += 2 * settings.limits.maximumMessageBytes
        settings.strangerLimits = Self.greetingLimits
        return settings
    }

    /// The settings of a worker, which does not know the head before it is welcome.
    static var forWorker: TransportSettings { forHead(hiddenUnits: TrainingPlan.hiddenUnitsLimit) }

    /// Nobody has more than a greeting to say before it is welcome.
    private static var greetingLimits: WireLimits {
        var limits = WireLimits()
        limits.maximumHeaderBytes = 16 * 1024
        limits.maximumTensors = 0
        return limits
    }

    /// As many classes as a head may have within these bounds.
    private static let mostClasses = 20_000
    /// Room for a header and for biases.
    private static let headerBytes = 2 << 20
}
