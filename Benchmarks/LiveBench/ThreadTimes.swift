import Foundation

/// CPU seconds of this process's threads, by name: what each part of the pipeline costs.
struct ThreadTimes {
    private var seconds: [Int32: (name: String, seconds: Double)] = [:]
    /// The whole process, with threads that have ended.
    private var all = 0.0

    /// As the kernel counts them now (`/proc/self/task/*/schedstat`, nanoseconds).
    static func now() -> ThreadTimes {
        var times = ThreadTimes()
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? [] {
            guard let id = Int32(entry), let spent = read("\(entry)/schedstat").split(separator: " ").first.flatMap({ Double($0) }) else { continue }
            times.seconds[id] = (read("\(entry)/comm").trimmingCharacters(in: .newlines), spent / 1e9)
        }
        var clock = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &clock)
        times.all = Double(clock.tv_sec) + Double(clock.tv_nsec) / 1e9
        return times
    }

    /// What was spent since, summed by part: replicas together, and librdkafka's threads of all clients.
    func spent(since start: ThreadTimes) -> [(part: String, seconds: Double)] {
        var sums: [String: Double] = [:]
        for (id, thread) in seconds {
            sums[Self.part(thread.name), default: 0] += thread.seconds - (start.seconds[id]?.seconds ?? 0)
        }
        // The traffic source ends with the last question.
        sums["generator", default: 0] += max(0, all - start.all - sums.values.reduce(0, +))
        return sums.map { (part: $0.key, seconds: $0.value) }.sorted { $0.seconds > $1.seconds }
    }

    private static func part(_ name: String) -> String {
        if name.hasPrefix("rdk:mock") { return "embedded broker" }
        if name.hasPrefix("rdk:") { return "Kafka clients" }
        if name.hasPrefix("crisol-live") { return "main" }
        return String(name.split(separator: ".").first ?? "")
    }

    private static func read(_ file: String) -> String {
        (try? String(contentsOfFile: "/proc/self/task/\(file)", encoding: .utf8)) ?? ""
    }
}
