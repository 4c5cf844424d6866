"""An edition read as a stranger reads it: from the files alone.

Owns the audit of rendered files: figures.csv, figures.json, each area's measure reports, each scorecard's web page and PDF.
Promises that whatever they say beyond the released counts is found, whichever template or program put it there: it shares
no code with them. Never reads the ledger, and never repairs a file.
"""

from outcomes.auditing.folder import leaks
from outcomes.auditing.leak import Leak
from outcomes.auditing.tables import figures_in

__all__ = ["Leak", "figures_in", "leaks"]
