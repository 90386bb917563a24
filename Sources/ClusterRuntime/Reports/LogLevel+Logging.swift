import Logging
import TrainingProtocol

extension LogLevel {
    /// As swift-log has it.
    var loggingLevel: Logger.Level {
        switch self {
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
