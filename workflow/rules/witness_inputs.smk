# What the rules of witness functions take; it holds no rule.


def document_files(wildcards):
    """The data set of documents; none where they are drawn."""
    return [f"<results>/{path}" for path in PLAN.witness_documents.files]


def latent_setting(key):
    """A params function: one setting of the latent spaces."""
    return lambda wildcards: config["witness"]["latent"][key]


def latent_file(name):
    """An input function: the data set of the latent spaces, or the networks that judge."""
    return lambda wildcards: f"<results>/{getattr(PLAN.witness_latent, name)}"
