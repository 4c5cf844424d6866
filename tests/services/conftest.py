"""What the tests of sources share: an installation whose suppliers send by ways of their own."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from services.mesh_server import MeshSandbox, environment
from shell import KEY, Shell
from unit.intake.suppliers import manifest_of

Home = Callable[..., Shell]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Makes an installation: `home({"05W": {"kind": "sftp", …}}, {"trust": connection})`."""

    def make(sources: Mapping[str, Mapping[str, str]], connections: Mapping[str, Any]) -> Shell:
        organisations = with_sources(tmp_path / "organisations.toml", sources)
        return Shell(
            tmp_path / "home",
            {
                "OUTCOMES_PSEUDONYM_KEY": KEY,
                "OUTCOMES_ORGANISATIONS": str(organisations),
                "OUTCOMES_CONNECTIONS": json.dumps(connections),
            },
        )

    return make


@pytest.fixture(scope="session")
def mesh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshSandbox]:
    """NHS England's MESH sandbox; skipped with the reason where its environment cannot be made."""
    try:
        environment()
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        pytest.skip(f"The MESH sandbox cannot be had here: {error!r} {said.decode(errors='replace')[-300:]}")
    with MeshSandbox(tmp_path_factory.mktemp("mesh")) as mesh:
        yield mesh


@pytest.fixture
def mesh(mesh_server: MeshSandbox) -> MeshSandbox:
    """The sandbox with empty mailboxes."""
    mesh_server.reset()
    return mesh_server


def with_sources(file: Path, sources: Mapping[str, Mapping[str, str]]) -> Path:
    """The shipped list of organisations with a source for some suppliers."""
    from outcomes.definitions.shipped import shipped

    text = shipped("config/organisations.toml").read_text("utf-8")
    for code, entry in sources.items():
        inline = ", ".join(f"{key} = {json.dumps(value)}" for key, value in entry.items())
        assert f'code = "{code}"\n' in text
        text = text.replace(f'code = "{code}"\n', f'code = "{code}"\nsource = {{ {inline} }}\n')
    file.write_text(text, encoding="utf-8")
    return file


def put(folder: Path, file_name: str, data: bytes, **changes: object) -> None:
    """A file and its manifest into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file_name).write_bytes(data)
    (folder / f"{file_name}.manifest.json").write_text(json.dumps(manifest_of(file_name, data, **changes)))


def everything_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder with its bytes and its time of change."""
    return {
        str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }
