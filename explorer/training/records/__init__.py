"""What a run records and how it is read again: metrics, checkpoints, layer statistics, export."""
