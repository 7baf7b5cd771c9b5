"""Records of a run, written and read again: metrics, checkpoints, layer statistics, export."""
