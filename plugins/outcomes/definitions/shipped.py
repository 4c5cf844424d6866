"""Where the definitions lie: sql/, config/ and report_templates/.

In a wheel they travel inside the package; in a checkout they stand at its top level, where a clinician edits them.
"""

from functools import cache
from pathlib import Path

from outcomes.errors import SetupError

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def shipped(name: str) -> Path:
    """The folder or file of that name, such as `sql/feeds`; raises SetupError when the installation lacks it."""
    for root in (_PACKAGE / "_shipped", _PACKAGE.parent.parent):
        if (root / name).exists():
            return root / name
    raise SetupError(f"The installation lacks {name}: install outcomes again from its wheel or checkout.")


def state_of(file: Path) -> tuple[int, int]:
    """What is another once somebody has saved the file: its time and its size; raises OSError where it is gone."""
    stands = file.stat()
    return stands.st_mtime_ns, stands.st_size
