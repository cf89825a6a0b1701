import Foundation
import Scoring

/// Why no Flink can be started here.
package struct FlinkMissing: Error, Sendable, Equatable, CustomStringConvertible {
    let what: String
    package var description: String { "pipeline.judge.engine: flink needs \(what): scripts/flink/setup sees to it" }
}

/// Flink and the judge's job, where `scripts/flink/setup` puts them: in the cache folder.
package struct FlinkInstallation: Sendable, Equatable {
    let java: String
    /// All of Flink's jars, as a class path.
    let libraries: String
    /// The judge's job.
    let job: String

    /// - Parameter folder: nil: `flink` in the cache folder.
    package init(folder: String? = nil) throws(FlinkMissing) {
        let folder = folder ?? "\(CacheFolder.path)/flink"
        libraries = "\(folder)/lib/*"
        job = "\(folder)/crisol-judge.jar"
        for (path, what) in [("\(folder)/lib/flink-runtime.jar", "Apache Flink"), (job, "the judge's job")]
        where !FileManager.default.isReadableFile(atPath: path) {
            throw FlinkMissing(what: "\(what) at \(path), which is not there")
        }
        guard let java = Self.findJava() else { throw FlinkMissing(what: "Java 17 or newer, and there is no java in $JAVA_HOME or on the PATH") }
        self.java = java
    }

    private static func findJava() -> String? {
        let environment = ProcessInfo.processInfo.environment
        var folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        if let home = environment["JAVA_HOME"], !home.isEmpty { folders.insert("\(home)/bin", at: 0) }
        return folders.map { "\($0)/java" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The arguments of a JVM that ends with the process that started it.
    /// - Parameter heap: in MiB.
    func arguments(main: String, _ arguments: [String], heap: Int) -> [String] {
        // A collector and a compiler for short runs on few processors; what Flink asks for on Java 17 (its own config.yaml).
        ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx\(heap)m"]
            + ["java.rmi/sun.rmi.registry", "java.security.jgss/sun.security.krb5"].map { "--add-exports=\($0)=ALL-UNNAMED" }
            + ["lang", "lang.reflect", "net", "io", "nio", "text", "time", "util", "util.concurrent", "util.concurrent.atomic", "util.concurrent.locks"]
            .map { "--add-opens=java.base/java.\($0)=ALL-UNNAMED" }
            + ["--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "-cp", "\(job):\(libraries)", "Supervised", main] + arguments
    }
}
