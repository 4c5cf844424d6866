"""The disclosure gate: the only way from figures to readers.

Owns which figures leave the ledger and in what shape. Promises that everything outside this room sees released figures
only. Never lets out a figure it has not judged, and never changes what was let out before.
"""
