"""Looks through the tracked files for what may stand in none of them.

Owns three rules: no NHS number outside the 999 range that is never issued; no name of a package index; no path of the
machine it was written on. Promises to name file and line, never the number found.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A hash is long enough to hold ten digits that pass the check by chance.
WITHOUT_NUMBERS = {"requirements.lock", "tests/services/mesh-sandbox.lock"}
TEN_DIGITS = re.compile(
    r"(?<![0-9])(?<![0-9][ .-])([0-9]{3})([ -]?)([0-9]{3})\2([0-9]{4})(?![0-9])(?![ -][0-9])", re.ASCII
)
# In halves, or this file would be the first to break the rule.
INDEXES = re.compile(
    "|".join(
        a + b
        for a, b in [("py", "pi"), ("npm", r"js\."), ("python", "hosted"), ("ana", r"conda\."), ("crates", r"\.io")]
    ),
    re.IGNORECASE,
)


def may_be_issued(digits: str) -> bool:
    """Whether ten digits pass the modulus 11 check of an NHS number and lie outside 999."""
    if digits.startswith("999") or len(set(digits)) == 1:
        return False
    total = sum((10 - place) * int(digit) for place, digit in enumerate(digits[:9]))
    return (11 - total % 11) % 11 == int(digits[9])


def faults(name: str, text: str) -> Iterator[str]:
    """What is wrong in one file, a line each."""
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{name}:{number}"
        if name not in WITHOUT_NUMBERS and any(may_be_issued(m[1] + m[3] + m[4]) for m in TEN_DIGITS.finditer(line)):
            yield f"{where}: a number that could be somebody's NHS number: use one beginning 999."
        if INDEXES.search(line):
            yield f"{where}: the name of a package index: say it without."
        if "../sha" + "red" in line or (len(ROOT.parent.parts) > 1 and f"{ROOT.parent}/" in line):
            yield f"{where}: a path of this machine: make it relative to the checkout."


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        sys.exit("check_files: this is no git checkout, so nobody knows which files are tracked.")
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def main() -> int:
    names = tracked()
    found: list[str] = []
    for name in names:
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            found += faults(name, content.decode("utf-8", errors="replace"))
    print("\n".join(found) if found else f"{len(names)} tracked files: nothing in them that may not be.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
