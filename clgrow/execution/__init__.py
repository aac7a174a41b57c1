"""Where runs run: this process, local processes, a cluster. Imports no torch."""
