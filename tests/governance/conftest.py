"""What these tests share: an installation with sixteen months of deaths, two of other feeds, figures and one edition."""

import shutil
from pathlib import Path

import pytest

from outcomes import workflow
from shell import KEY, Shell, copy_of, manifest, smaller_partnership

MONTHS = ("2017-01", "2018-04")
CCGS = ("05D", "05V", "05W")


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inbox: deaths of three CCGs; of March and April 2018 also care records and a hospital's admissions."""
    everything = tmp_path_factory.mktemp("sent") / "all"
    workflow.synth(everything, *MONTHS, scale=0.02)
    inbox = everything.with_name("inbox")
    inbox.mkdir()
    patterns = [f"deaths_{ccg}_*" for ccg in CCGS] + ["epaccs_05W_2018-0[34]_*", "admissions_RJE_2018-0[34]_*"]
    for pattern in patterns:
        for file in everything.glob(pattern):
            shutil.copy(file, inbox)
    # A resubmission with one death less.
    for old in inbox.glob("deaths_05W_2018-04_[2-9]*"):
        old.unlink()
    lines = (inbox / "deaths_05W_2018-04_1.csv").read_text("utf-8").splitlines(keepends=True)
    (inbox / "deaths_05W_2018-04_2.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    manifest(inbox / "deaths_05W_2018-04_2.csv")
    return inbox


@pytest.fixture(scope="session")
def first(sent: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An installation that has received and computed them."""
    folder = tmp_path_factory.mktemp("first")
    organisations = smaller_partnership(folder / "organisations.toml", *CCGS)
    settings = {
        "OUTCOMES_PSEUDONYM_KEY": KEY,
        "OUTCOMES_INBOX": str(sent),
        "OUTCOMES_ORGANISATIONS": str(organisations),
    }
    shell = Shell(folder / "home", settings)
    shell.do("receive")
    shell.do("compute")
    shell.do("release", "--period", "2018-04")
    return shell


@pytest.fixture
def shell(first: Shell, tmp_path: Path) -> Shell:
    """A copy of it that is the test's own, with its own inbox."""
    shutil.copytree(first.settings["OUTCOMES_INBOX"], tmp_path / "inbox")
    return copy_of(first, tmp_path).set(inbox=str(tmp_path / "inbox"))
