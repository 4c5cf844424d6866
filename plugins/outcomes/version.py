"""Which code made a figure: the release of the package and a fingerprint of what is installed.

Promises the same text for the same code and definitions, in a checkout or a wheel, with or without git.
"""

import hashlib
from functools import cache
from pathlib import Path

from outcomes import __version__
from outcomes.definitions.shipped import shipped


@cache
def code_version() -> str:
    """Such as `0.1.0+3fa9c1d2e0ab`."""
    package = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for root, pattern in ((package, "**/*.py"), (shipped("sql"), "**/*"), (shipped("report_templates"), "**/*")):
        for path in sorted(
            p for p in root.glob(pattern) if p.is_file() and "_shipped" not in p.relative_to(root).parts
        ):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"
