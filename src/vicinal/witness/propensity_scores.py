"""Scores of how likely people are treated, and who is left where treated and controls overlap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import PolynomialFeatures

from vicinal.witness.trimming_rules import ALL, OVERLAP, in_overlap

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Inverse penalty of a logistic regression with products: with as many columns as in LaLonde's data
# the groups would be separated.
_PENALTY_OF_PRODUCTS = 1.0
_NO_PENALTY = 1e6


@dataclass(frozen=True)
class PropensityScore:
    """Scores of N people in a study, and of M others by the same rule.

    matched_on : (N,) the score that people are matched on; NaN where there is none.
    share : (N,) estimated share of treated among people with these covariates.
    kept : rule -> (N,) who is left.     others_kept : rule -> (M,) the same of the others.
    """

    matched_on: FloatArray
    share: FloatArray
    kept: Mapping[str, BoolArray]
    others_kept: Mapping[str, BoolArray]


def logistic_score(
    covariates: FloatArray,
    treatment: npt.NDArray[np.int64],
    others: FloatArray,
    *,
    margin: float = 0.1,
    products: bool = False,
) -> PropensityScore:
    """Logistic regression of the treatment on covariates (N, d), standardised; matched on log odds.

    others : (M, d) further people.     margin : `overlap` keeps shares of margin to 1 - margin
        (Crump, Hotz, Imbens and Mitnik 2009 propose 0.1).
    products : squares and products of two covariates beside them, with a weak ridge penalty.
    """
    expand = PolynomialFeatures(2 if products else 1, include_bias=False)
    table = expand.fit_transform(covariates)
    strength = _PENALTY_OF_PRODUCTS if products else _NO_PENALTY
    model = LogisticRegression(C=strength, max_iter=5000).fit(table, treatment)
    odds = model.decision_function(table)
    shares = [expit(odds), np.empty(0)]
    if len(others):
        shares[1] = model.predict_proba(expand.transform(others))[:, 1]
    kept = [{ALL: np.ones(len(e), dtype=bool), OVERLAP: in_overlap(e, margin)} for e in shares]
    return PropensityScore(odds, shares[0], kept[0], kept[1])
