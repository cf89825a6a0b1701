// Measurement: see README.md, module map.
