// Simulation: see README.md, module map.
