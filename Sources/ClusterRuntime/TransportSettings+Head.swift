import TrainingProtocol
import VGGBackbone
import WireMessages
import ZeroMQTransport

extension TransportSettings {
    /// Settings that allow a head with this many hidden units to be sent whole, with small messages behind
    /// it.
    static func forHead(hiddenUnits: Int) -> TransportSettings {
        var settings = TransportSettings()
        let head = 4 * hiddenUnits * (VGGArchitecture.featureCount + mostClasses) + headerBytes
        settings.limits.maximumMessageBytes = max(settings.limits.maximumMessageBytes, head)
        // A worker may hold several dense gradients, but sends them one after the other.
        settings.maximumQueuedBytes += settings.limits.maximumMessageBytes
        // Room for two steps' weights, which all workers share.
        settings.maximumQueuedBytesOfAll += 2 * settings.limits.maximumMessageBytes
        settings.strangerLimits = Self.greetingLimits
        return settings
    }

    /// The settings of a worker, which does not know the size of the head before it is welcomed.
    package static var forWorker: TransportSettings { forHead(hiddenUnits: TrainingPlan.hiddenUnitsLimit) }

    /// Before it is welcomed, a peer has only a hello to send.
    private static var greetingLimits: WireLimits {
        var limits = WireLimits()
        limits.maximumHeaderBytes = 16 * 1024
        limits.maximumTensors = 0
        return limits
    }

    /// The most classes that a head may have within these limits.
    private static let mostClasses = 20_000
    /// Room for a header and biases.
    private static let headerBytes = 2 << 20
}
