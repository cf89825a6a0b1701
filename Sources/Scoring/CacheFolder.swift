import Foundation

/// Where setup scripts put what they fetch, found as they find it: $CRISOL_CACHE, else `crisol` in $XDG_CACHE_HOME or ~/.cache.
package enum CacheFolder {
    package static var path: String {
        let environment = ProcessInfo.processInfo.environment
        func set(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        return set("CRISOL_CACHE") ?? "\(set("XDG_CACHE_HOME") ?? "\(set("HOME") ?? "/nonexistent")/.cache")/crisol"
    }
}
