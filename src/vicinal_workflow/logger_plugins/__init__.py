"""Folder for Snakemake's search path: the plugins that this project hands to its own dry runs."""
