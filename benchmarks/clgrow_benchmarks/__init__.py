"""clgrow's own benchmarks: one file each, found by scanning this package; none imports torch before it is run."""
