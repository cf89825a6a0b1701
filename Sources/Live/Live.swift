// Live: see README.md, module map.
