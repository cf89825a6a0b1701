/// What is wrong with the YAML or the keys as such.
let brokenReading: [BrokenScenario] = [
    .init(
        "empty file", exitCode: 65,
        "",
        says: """
        f.yaml:1:1: the file is empty: a scenario has at least name, duration or questions, and traffic
        """),
    .init(
        "only a comment", exitCode: 65,
        """
        # nothing
        """,
        says: """
        f.yaml:1:1: the file is empty: a scenario has at least name, duration or questions, and traffic
        """),
    .init(
        "root is a list", exitCode: 65,
        """
        - a
        - b
        """,
        says: """
        f.yaml:1:1: the file must be a mapping of keys such as name, duration and traffic (seen: a list)
        """),
    .init(
        "root is a word", exitCode: 65,
        """
        hello
        """,
        says: """
        f.yaml:1:1: the file must be a mapping of keys such as name, duration and traffic (seen: hello)
        """),
    .init(
        "tab", exitCode: 65,
        """
        name: a
        traffic:
        \tarrivals: 1
        """,
        says: """
        f.yaml:3:1: not valid YAML: while scanning for the next token, found character that cannot start any token; use spaces instead of tabs, and quotes around @ and `
        """),
    .init(
        "unclosed bracket", exitCode: 65,
        """
        name: a
        traffic: {arrivals: {process: poisson, rate: 5/s}
        """,
        says: """
        f.yaml:3:1: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'
        """),
    .init(
        "unclosed quote", exitCode: 65,
        """
        name: "a
        duration: 1m
        """,
        says: """
        f.yaml:2:13: not valid YAML: while scanning a quoted scalar, found unexpected end of stream
        """),
    .init(
        "two documents", exitCode: 65,
        """
        name: a
        ---
        name: b
        """,
        says: """
        f.yaml:2:1: not valid YAML: expected a single document in the stream, but found another document
        """),
    .init(
        "undefined alias", exitCode: 65,
        """
        name: *who
        """,
        says: """
        f.yaml:1:7: not valid YAML: found undefined alias
        """),
    .init(
        "nothing but a name", exitCode: 65,
        """
        name: a
        """,
        says: """
        f.yaml:1:1: duration or questions is missing: one of them is required
        f.yaml:1:1: traffic: the key is missing (allowed: a mapping with arrivals, popularity, corpus, via)
        """),
    .init(
        "missing rate", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson}}
        """,
        says: """
        f.yaml:3:21: traffic.arrivals.rate: the key is missing (allowed: a number per s, min or h, such as 50/s, from 0.000001/s to 1000000000/s)
        """),
    .init(
        "missing process", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {rate: 5/s}}
        """,
        says: """
        f.yaml:3:21: traffic.arrivals.process: the key is missing (allowed: constant, poisson, uniform, gamma, burst, stages, diurnal, trace)
        """),
    .init(
        "misspelt key", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline:
          cache:
            polcy: lru
        """,
        says: """
        f.yaml:6:5: pipeline.cache.polcy: unknown key (allowed: policy, capacity, ttl, coalesce; did you mean policy?)
        """),
    .init(
        "key in the wrong place", exitCode: 65,
        """
        name: a
        duration: 1m
        threshold: 0.3
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:1: threshold: unknown key (allowed: name, description, seed, duration, questions, warmup, drain, repeats, time_scale, questions_csv, pipeline, traffic, provider, faults, simulation, live, sweep, checks, tolerance; did you mean pipeline.score.threshold?)
        """),
    .init(
        "unknown key without a neighbour", exitCode: 65,
        """
        name: a
        duration: 1m
        colour: green
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:1: colour: unknown key (allowed: name, description, seed, duration, questions, warmup, drain, repeats, time_scale, questions_csv, pipeline, traffic, provider, faults, simulation, live, sweep, checks, tolerance)
        """),
    .init(
        "duplicate key", exitCode: 65,
        """
        name: a
        duration: 1m
        duration: 2m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:3:1: duration: the key is given twice (first on line 2)
        """),
    .init(
        "duplicate key deep", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s, rate: 6/s}}
        """,
        says: """
        f.yaml:3:51: traffic.arrivals.rate: the key is given twice (first on line 3)
        """),
    .init(
        "a list where one word belongs", exitCode: 65,
        """
        name: [a]
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        """,
        says: """
        f.yaml:1:7: name: must be a text (seen: a list; allowed: a text)
        """),
    .init(
        "a key that is a list", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        ? [a, b]
        : c
        """,
        says: """
        f.yaml:4:3: a key must be a word, not a list or a mapping
        """),
    .init(
        "merge of a word", exitCode: 65,
        """
        name: a
        duration: 1m
        traffic: {arrivals: {process: poisson, rate: 5/s}}
        pipeline: {<<: nothing}
        """,
        says: """
        f.yaml:4:16: pipeline: a merge (<<) takes a mapping (seen: nothing)
        """),
]
