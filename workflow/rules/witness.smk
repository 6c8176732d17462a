include: "witness_inputs.smk"
include: "witness_toy.smk"
include: "witness_latent.smk"
include: "witness_rejection.smk"
include: "witness_documents.smk"
include: "witness_treatment.smk"
include: "witness_tests.smk"


rule witness:
    """All tables and figures of Hermite witness functions."""
    input:
        study_files("witness"),
