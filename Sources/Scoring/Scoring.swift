// Scoring: see README.md, module map.
