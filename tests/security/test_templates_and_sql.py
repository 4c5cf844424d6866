"""A measure file is text that anybody may propose: what it may not do is refused, through a real run of `outcomes compute`.

That the templates escape what they are given is the subject of the scorecards' and letters' own tests.
"""

from pathlib import Path

import pytest

from security.planted import measures_with
from shell import Shell

CASES = "select death_id, true as denominator, place = 'home' as numerator from cohort"


@pytest.mark.parametrize(
    "select",
    [
        f"{CASES} where exists (select 1 from read_text('{{secret}}'))",
        f"{CASES} where exists (select 1 from read_csv('{{secret}}'))",
        f"{CASES} where exists (select 1 from '{{secret}}')",
        f"{CASES} where exists (select 1 from glob('{{folder}}/*'))",
        f"{CASES} where getenv('OUTCOMES_PSEUDONYM_KEY') is not null",
        "copy (select 1) to '{folder}/written.csv'",
        "attach '{folder}/written.db'",
        f"{CASES}; drop table cohort",
        "set enable_external_access = true",
        "install httpfs",
    ],
)
def test_a_measure_reaches_nothing_but_the_records(landed: Shell, tmp_path: Path, select: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\nwell-kept,2\n")
    folder = measures_with(select.format(secret=secret, folder=tmp_path), tmp_path / "measures")
    before = landed.figures()
    ran = landed.set(measures=str(folder))("compute")
    assert ran.says(3, "deaths_in_hospital")
    assert "well-kept" not in ran.out + ran.err
    assert {path.name for path in tmp_path.iterdir()} == {"secret.csv", "measures"}
    assert landed.figures() == before


def test_the_same_measure_without_it_is_computed(landed: Shell, copied, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    shell = copied(landed).set(measures=str(measures_with(CASES, tmp_path / "measures")))
    assert shell.do("compute").out.startswith("Computed 2017-04 to 2018-06")
    assert {row["measure"] for row in shell.do("figures").rows} == {"deaths_in_hospital"}
