"""Files on disk, for every package that keeps some: atomic writes, locks between processes, small JSON files."""
