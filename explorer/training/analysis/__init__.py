"""Computations on a run's network: reports, slow motion, live views."""
