"""Hermite witness functions: where, locally, samples differ (Mhaskar, Cloninger and Cheng)."""
