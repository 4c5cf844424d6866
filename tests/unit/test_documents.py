"""docs/generated says what the definitions say, and the operator's page names every command and setting."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "documents.py"


def run(*words: str, root: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, root / "tools" / TOOL.name, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_generated_pages_are_current() -> None:
    ran = run("--check")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_stale_page_a_missing_one_and_one_left_over_are_named_and_mended(tmp_path: Path) -> None:
    for name in ("tools/documents.py", "docs/generated", "tests/examples"):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            subprocess.run(["cp", "-r", ROOT / name, target], check=True)
        else:
            target.write_text((ROOT / name).read_text("utf-8"), encoding="utf-8")
    pages = tmp_path / "docs" / "generated"
    (pages / "feeds" / "deaths.md").write_text("Something else.", encoding="utf-8")
    (pages / "feeds" / "epaccs.md").unlink()
    (pages / "feeds" / "dentistry.md").write_text("No such feed.", encoding="utf-8")

    ran = run("--check", root=tmp_path)
    assert ran.returncode == 1
    assert [line.split(" is not ")[0] for line in sorted(ran.stderr.splitlines())] == [
        f"docs/generated/feeds/{name}.md" for name in ("deaths", "dentistry", "epaccs")
    ]
    assert run(root=tmp_path).returncode == 0
    assert run("--check", root=tmp_path).returncode == 0
    assert not (pages / "feeds" / "dentistry.md").exists()
