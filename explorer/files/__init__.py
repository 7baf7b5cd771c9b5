"""Files on disk, whoever keeps them: atomic writes, locks between processes, small JSON files."""
