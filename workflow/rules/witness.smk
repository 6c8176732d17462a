rule witness:
    """All tables and figures of Hermite witness functions."""
    input:
        study_files("witness"),
