"""What is computed of a run's network: reports, slow motion, live views."""
