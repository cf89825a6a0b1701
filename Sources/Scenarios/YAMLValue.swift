/// A piece of YAML that knows where it was written.
package struct YAMLValue: Sendable {
    package enum Content: Sendable {
        /// `plain` is false for text in quotes and for block texts, which are never numbers.
        case scalar(String, plain: Bool)
        case list([YAMLValue])
        case mapping([Entry])
    }

    package struct Entry: Sendable {
        package var key: String
        package var keyOrigin: Origin
        package var value: YAMLValue
    }

    package var content: Content
    package var origin: Origin

    package init(_ content: Content, _ origin: Origin) {
        self.content = content
        self.origin = origin
    }

    static func plain(_ text: String, _ origin: Origin = .preset) -> YAMLValue { YAMLValue(.scalar(text, plain: true), origin) }

    var isNull: Bool {
        if case .scalar(let text, plain: true) = content { return ["", "~", "null", "Null", "NULL"].contains(text) }
        return false
    }

    var scalar: String? {
        if case .scalar(let text, _) = content { return text }
        return nil
    }

    var list: [YAMLValue]? {
        if case .list(let items) = content { return items }
        return nil
    }

    var entries: [Entry]? {
        if case .mapping(let entries) = content { return entries }
        return nil
    }

    /// The value of a mapping's key; nil where there is none or this is no mapping.
    subscript(key: String) -> YAMLValue? { entries?.first { $0.key == key }?.value }

    /// The value at a dotted path; list items go by their number.
    subscript(path path: some Sequence<String>) -> YAMLValue? {
        var value = self
        for step in path {
            if let next = value[step] {
                value = next
            } else if let items = value.list, let index = Int(step), items.indices.contains(index) {
                value = items[index]
            } else {
                return nil
            }
        }
        return value
    }

    /// What a message says was seen.
    var shown: String {
        switch content {
        case .scalar: return isNull ? "nothing" : Hint.shown(scalar!)
        case .list(let items): return items.isEmpty ? "an empty list" : "a list"
        case .mapping(let entries): return entries.isEmpty ? "an empty mapping" : "a mapping"
        }
    }

    /// The same content with every origin replaced.
    func relocated(to place: (Origin) -> Origin) -> YAMLValue {
        switch content {
        case .scalar: return YAMLValue(content, place(origin))
        case .list(let items): return YAMLValue(.list(items.map { $0.relocated(to: place) }), place(origin))
        case .mapping(let entries):
            let moved = entries.map {
                Entry(key: $0.key, keyOrigin: place($0.keyOrigin), value: $0.value.relocated(to: place))
            }
            return YAMLValue(.mapping(moved), place(origin))
        }
    }
}

extension YAMLValue: Equatable {
    /// Equal content; where it was written does not count.
    package static func == (a: YAMLValue, b: YAMLValue) -> Bool {
        switch (a.content, b.content) {
        case (.scalar(let x, let p), .scalar(let y, let q)): return x == y && p == q
        case (.list(let x), .list(let y)): return x == y
        case (.mapping(let x), .mapping(let y)):
            return x.count == y.count && zip(x, y).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: return false
        }
    }
}
