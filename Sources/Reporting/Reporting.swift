// Reporting: see README.md, module map.
