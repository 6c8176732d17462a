include: "gradients_ridge.smk"


rule gradients:
    """All tables and figures of gradient information."""
    input:
        study_files("gradients"),
