// Scenarios: see README.md, module map.
