include: "gradients_inputs.smk"
include: "gradients_ridge.smk"
include: "gradients_gan.smk"
include: "gradients_search.smk"
include: "gradients_surrogates.smk"
include: "gradients_likelihood.smk"
include: "gradients_training_curves.smk"


rule gradients:
    """All tables and figures of gradient information."""
    input:
        study_files("gradients"),
