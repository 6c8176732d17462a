"""How Snakemake's own report sorts and names the tables and figures."""

from __future__ import annotations

import re

# The papers, by the folder of their results, and what is of no paper.
STUDIES = {
    "vbsw": "Variance-based sample weighting",
    "gradients": "Gradient information",
    "bayes": "Averaged Bayesian networks (HWA)",
    "witness": "Hermite witness functions",
}
CATEGORIES = STUDIES | {"summary": "The whole run"}
# By the names that the plan gives the parts.
SUBCATEGORIES = {
    "vbsw": "Weights by local variance",
    "sampling": "Taylor-based sampling",
    "training_curves": "Training with derivatives",
    "surrogates": "Surrogates, and delta-min",
    "likelihood": "Maximum likelihood with surrogates",
    "search": "Searches below delta-min",
    "ridge": "Ridge-gradients",
    "gan": "A GAN trained on gradients",
    "bayes": "Posteriors of all methods",
    "witness_toy": "A circle against ellipses",
    "witness_latent": "The latent plane of an autoencoder",
    "witness_rejection": "Rejection by the last hidden layer",
    "witness_documents": "Documents and robust centroids",
    "witness_treatment": "Effects of a treatment",
    "witness_tests": "Tests of own data",
    "summary": "Beside the papers",
}
_ITEM = re.compile(r"(figure|table|section|theorem) ?(\d+(?:\.\d+)*)", re.IGNORECASE)


def report_labels(path: str, title: str) -> dict[str, str]:
    """The columns in which the report lists a result: the paper's number, a name, the file.

    path : below the results folder.    title : may say the paper's number: `Figure 2: errors`.

    The name and the file are different for every result. Snakemake turns a column (but the first)
    into a switch where it alone has two values, each in half of the lines, and a switch hides
    results; two columns that differ in every line are never one.
    """
    found = _ITEM.search(title)
    paper = f"{found[1].capitalize()} {found[2]}" if found else "–"
    # What the first column says already is not said again.
    name = title[found.end() :].lstrip(":, ") if found and found.start() == 0 else title
    kind = "table" if path.endswith(".csv") else "picture"
    return {"paper": paper, "result": f"{name} ({kind})", "file": path}


def caption_name(path: str) -> str:
    """The file of a result's caption: its own name, without what differs from result to result.

    path : with wildcards, as in `<results>/vbsw/figures/gains_{experiment}.png`.
    """
    stem = re.sub(r"^<\w+>/|_?\{\w+\}|\.\w+$", "", path)
    return re.sub(r"/_", "/", stem) + ".rst"
