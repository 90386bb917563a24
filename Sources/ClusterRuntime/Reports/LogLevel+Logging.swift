import Logging
import TrainingProtocol

extension LogLevel {
    /// The same level in swift-log.
    var loggingLevel: Logger.Level {
        switch self {
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
