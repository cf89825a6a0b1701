// Provider: see README.md, module map.
