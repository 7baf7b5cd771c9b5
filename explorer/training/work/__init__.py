"""The work of training runs: sessions, the worker process, the queue, forks and folds."""
