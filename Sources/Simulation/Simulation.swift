// The simulated runtime; see README.md, module map.
