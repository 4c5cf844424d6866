"""Sources: where suppliers' submissions come from, and where their feedback goes back to.

A source lists what lies there, fetches one submission into quarantine, is told that it was taken in, and carries the
feedback report back. Promises that nothing at a supplier's is ever removed or moved. Never decides what becomes of it.
"""
