"""Records of runs: the schema, the store, statistics over seeds. Knows nothing of how a run is made."""
