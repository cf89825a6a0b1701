import Foundation
import Storage

/// A thread that asks the store on behalf of threads that must not block. What it is asked to do is done in order.
final class StoreDesk: @unchecked Sendable {
    // Unchecked: `jobs` and `isClosing` are touched with `condition` locked only; the store stays on the thread.

    enum Failure: Error, CustomStringConvertible {
        /// More is asked of it than it can do.
        case busy
        case store(StoreError)

        var description: String {
            switch self {
            case .busy: "the store has too much to do; ask again later"
            case .store(let error): "\(error)"
            }
        }
    }

    typealias Opening = @Sendable () throws(StoreError) -> any Store
    private typealias Job = (inout (any Store)?, Opening) -> Void
    private static let longestQueue = 1000
    private let open: Opening
    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var isClosing = false

    /// - Parameter open: how it comes by the store, and by a new connection after an error.
    init(_ open: @escaping Opening) {
        self.open = open
        let thread = Thread { [self] in run() }
        thread.name = "store desk"
        thread.start()
    }

    /// Does `work` on the desk's thread, then hands its result over there.
    func perform<R>(_ work: @escaping @Sendable (any Store) throws(StoreError) -> R, then: @escaping @Sendable (Result<R, Failure>) -> Void) {
        condition.lock()
        let isTaken = jobs.count < Self.longestQueue && !isClosing
        if isTaken {
            jobs.append { store, open in
                let result: Result<R, Failure>
                do throws(StoreError) {
                    if store == nil { store = try open() }
                    result = .success(try work(store!))
                } catch {
                    // A new connection mends what the old one's death broke.
                    store?.close()
                    store = nil
                    result = .failure(.store(error))
                }
                then(result)
            }
            condition.signal()
        }
        condition.unlock()
        if !isTaken { then(.failure(.busy)) }
    }

    /// Takes nothing more; what was asked before is still done.
    func close() {
        condition.lock()
        isClosing = true
        condition.signal()
        condition.unlock()
    }

    private func run() {
        var store: (any Store)?
        while true {
            condition.lock()
            while jobs.isEmpty, !isClosing { condition.wait() }
            let taken = jobs
            jobs = []
            condition.unlock()
            if taken.isEmpty { break }
            for job in taken { job(&store, open) }
        }
        store?.close()
    }
}
