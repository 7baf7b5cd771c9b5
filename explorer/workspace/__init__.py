"""Work that a person keeps besides runs: drafts of experiments, their versions, blocks of their own."""
