// Storage: see README.md, module map.
