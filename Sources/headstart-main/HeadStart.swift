import Foundation
import HeadStartCLI

/// The program: passes its arguments to the commands and their exit code to the system.
@main struct HeadStart {
    static func main() {
        StandardStreams.prepare()
        exit(HeadStartCommand.execute(Array(CommandLine.arguments.dropFirst())))
    }
}
