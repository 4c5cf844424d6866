"""A measure of the tests' own, in a folder that OUTCOMES_MEASURES can name."""

import re
from pathlib import Path

from outcomes.definitions.measures import body_fingerprint
from outcomes.definitions.shipped import shipped


def measures_with(select: str, folder: Path) -> Path:
    """A folder with one measure, published and complete in its header, that is this SELECT."""
    text = (shipped("sql/measures") / "deaths_in_hospital.sql").read_text("utf-8")
    header = re.sub(r"^version = .*$", "version = 1", text.partition("[[changes]]")[0], count=1, flags=re.MULTILINE)
    change = f'[[changes]]\nversion = 1\ndate = 2026-11-01\nwhy = "First."\nbody = "{body_fingerprint(select)}"\n'
    folder.mkdir()
    (folder / "deaths_in_hospital.sql").write_text(f"{header}{change}--- */\n{select}", encoding="utf-8")
    return folder
