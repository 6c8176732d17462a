"""What the page and the pictures call estimators of treatment effects, and whom they keep."""

from __future__ import annotations

from vicinal.witness.trimming_rules import ALL, OVERLAP, SIGNIFICANCE

METHODS = {
    "difference": "difference of means",
    "regression": "regression on the covariates",
    "covariates": "matched on the covariates",
    "logistic": "matched on the logistic score",
    "logistic_products": "matched on the logistic score with products",
    "hermite": "matched on the Hermite witness",
    "gaussian_equal": "matched on the Gaussian witness, the Hermite one's σ",
    "gaussian": "matched on the Gaussian witness, its own σ of least imbalance",
}
RULES = {ALL: "all", OVERLAP: "overlap", SIGNIFICANCE: "no group dominates"}
# First estimator, its rule, and those that it is held against.
COMPARISONS = (
    ("hermite", ALL, "logistic", ALL),
    ("hermite", ALL, "logistic_products", ALL),
    ("hermite", ALL, "covariates", ALL),
    ("hermite", ALL, "gaussian_equal", ALL),
    ("hermite", ALL, "gaussian", ALL),
    ("hermite", SIGNIFICANCE, "hermite", ALL),
    ("hermite", OVERLAP, "hermite", ALL),
)


def named(method: str, rule: str) -> str:
    """An estimator and whom it keeps, in words."""
    return METHODS[method] if rule == ALL else f"{METHODS[method]}, {RULES[rule]}"
