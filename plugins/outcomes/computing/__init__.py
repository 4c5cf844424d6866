"""From the submissions in force to figures: the locked session, the relations, the measures, the aggregation.

Owns everything that computes over patient-level rows. Promises the same figures for the same selection. Never lets a
row of a person leave the in-memory database, and never releases a figure.
"""
