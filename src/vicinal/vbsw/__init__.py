"""Variance-based sample weighting (VBSW): Novello et al."""
