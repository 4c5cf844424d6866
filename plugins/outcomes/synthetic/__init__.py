"""Synthetic people, their last months, and the extracts about them: for the demonstration and for tests.

Owns made-up data only. Promises that every file says the same about the same people. Never reads a real record.
"""

from outcomes.synthetic.extracts import Written, write_extracts

__all__ = ["Written", "write_extracts"]
