"""Who trains a run and when: sessions, the worker process, the queue, forks and folds."""
