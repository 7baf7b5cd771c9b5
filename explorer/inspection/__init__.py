"""Inspection of runs: what the server answers while somebody looks into a network."""
