"""Arrow, through which records become text.

Owns the one import of it: its compiled modules carry no types that a checker could read, so here it is said once that
they have none. Promises nothing else.
"""

from importlib import import_module
from typing import Any

arrow: Any = import_module("pyarrow")
compute: Any = import_module("pyarrow.compute")
csv: Any = import_module("pyarrow.csv")
Column = Any
Table = Any
