"""The wheel holds all that the code reads beside itself, and works without the checkout."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("sql", "config", "report_templates", "dags")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("outcomes-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs the command from the wheel alone: another folder, and the checkout not on the path."""
    target, elsewhere = tmp_path_factory.mktemp("target"), tmp_path_factory.mktemp("elsewhere")
    install = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--offline",
        "--no-deps",
        "--target",
        target,
        wheel,
    ]
    subprocess.run(install, check=True, capture_output=True, cwd=elsewhere)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTCOMES_")}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words],
            env=kept | {"PYTHONPATH": str(target)},
            cwd=elsewhere,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_wheel_holds_every_definition_template_font_and_dag(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    beside = [path for name in SHIPPED for path in (ROOT / name).rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT).as_posix() for path in beside if "__pycache__" not in path.parts}
    assert {name.split("/")[0] for name in wanted} == set(SHIPPED)
    assert any(name.startswith("report_templates/fonts/") for name in wanted)
    assert {f"outcomes/_shipped/{name}" for name in wanted} <= inside
    assert "outcomes/py.typed" in inside
    assert not [name for name in inside if name.startswith("tests") or "__pycache__" in name]


def test_the_wheel_has_its_entry_points(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as inside:
        (name,) = [n for n in inside.namelist() if n.endswith("entry_points.txt")]
        text = inside.read(name).decode()
    assert "outcomes = outcomes.cli:main" in text
    assert "[airflow.plugins]\noutcomes = outcomes.airflow_plugin:OutcomesPlugin" in text


@pytest.mark.parametrize(("listing", "entry"), [("feeds", "deaths"), ("measures", "preferred_place_achieved")])
def test_the_command_works_from_the_wheel_alone(
    installed: Callable[..., "subprocess.CompletedProcess[str]"], listing: str, entry: str
) -> None:
    ran = installed("-m", "outcomes", listing)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"\n{entry} " in ran.stdout


def test_the_wheel_and_the_checkout_are_the_same_code_to_the_ledger(
    installed: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    from outcomes.version import code_version

    ran = installed("-c", "from outcomes import version; print(version.__file__); print(version.code_version())")
    where, version = ran.stdout.splitlines()
    assert not Path(where).is_relative_to(ROOT)
    assert version == code_version()
