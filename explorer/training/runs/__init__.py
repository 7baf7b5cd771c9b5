"""Runs on disk: the store, a run's status, where a run came from."""
