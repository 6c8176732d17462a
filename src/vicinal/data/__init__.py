"""Data sets: the registry, the download, the readers."""
