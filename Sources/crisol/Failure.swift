import ArgumentParser
import Glibc
import HTTPServer
import KafkaClient
import LLMClient
import Live
import Reporting
import Scenarios
import Scoring
import Storage
import Workload

/// Says on standard error what went wrong and how to mend it, and gives the contract's exit code.
enum Failure {
    static func exit(_ error: any Error) -> ExitCode {
        switch error {
        case let code as ExitCode: return code
        // What the parser could not see: it prints the message and the usage.
        case is ValidationError, is CleanExit: RunCommand.exit(withError: error)
        case let error as ScenarioError: return exit(error.exitCode, error.description)
        case let error as KeyTraceError: return exit(error.exitCode, error.description)
        case let error as CorpusError: return exit(error.exitCode, error.description)
        case let error as ServiceEnded: return exit(error.exitCode, error.description)
        case let error as OutputError: return exit(error.exitCode, error.description)
        case let error as StoreError: return exit(error.exitCode, error.description)
        case let error as ScorerUnavailable: return exit(65, "\(error)")
        case let error as APIKey.Problem: return exit(65, error.description)
        case let error as LLMServerMissing: return exit(69, error.description)
        case let error as FlinkMissing: return exit(69, error.description)
        case let error as Server.StartFailure: return exit(69, error.description)
        case let error as KafkaProblem: return exit(error.reason == .serverMissing ? 69 : 70, error.description)
        default: return exit(70, "\(error)")
        }
    }

    private static func exit(_ code: Int32, _ text: String) -> ExitCode {
        Terminal.say(text)
        return ExitCode(code)
    }
}
