"""Every figure computed twice from the same files: by the product, and by plain Python that shares nothing with it."""

import math
from collections import Counter
from collections.abc import Hashable
from datetime import date
from typing import Any

import pytest
from alternative_figures import Figure, Key, all_figures
from alternative_submissions import in_force
from damaged_extracts import Extracts
from damaged_lives import damage_lives
from damaged_submissions import REFUSED, damage_submissions

from outcomes import workflow
from outcomes.definitions.measures import measures
from outcomes.ledger import Ledger, submissions
from outcomes.ledger.figures import KEY, latest
from outcomes.settings import Settings

NUMBERS = ("denominator", "numerator", "value", "lower", "upper")


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Extracts:
    spoiled = Extracts(tmp_path_factory.mktemp("extracts"))
    damage_lives(spoiled)
    damage_submissions(spoiled)
    return spoiled


@pytest.fixture(scope="module")
def settings(extracts: Extracts, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation that has received all of it."""
    settings = Settings.load(home=tmp_path_factory.mktemp("home"), pseudonym_key="5a" * 32)
    receipt = workflow.receive(settings, inbox=extracts.folder, as_of=date(2018, 9, 1))
    assert {report.title for report in receipt.refused} == REFUSED
    return settings


def computed(settings: Settings) -> dict[Key, Figure]:
    with Ledger(settings.database_url).session() as session:
        found = latest(session)
    found = found.astype(object).where(found.notna(), None)
    return {tuple(row[name] for name in KEY): as_figure(row) for row in found.to_dict("records")}


def as_figure(row: dict[Hashable, Any]) -> Figure:
    missing = frozenset(filter(None, str(row["missing"]).split("; ")))
    left_out: Counter[str] = Counter()
    for reason in filter(None, str(row["left_out"]).split("; ")):
        left_out[reason.split(": ")[0]] += int(reason.rsplit(": ")[-1])
    assert left_out.keys() <= {"exception", "excluded"}
    counts = (left_out["exception"], left_out["excluded"])
    numbers: dict[str, Any] = {name: row[name] for name in NUMBERS}
    return Figure(**numbers, state=str(row["state"]), missing=missing, left_out=counts)


def assert_alike(found: dict[Key, Figure], expected: dict[Key, Figure]) -> None:
    assert found.keys() == expected.keys()
    different = {key: (found[key], expected[key]) for key in expected if not alike(found[key], expected[key])}
    where = Counter(key[0] for key in different)
    assert not different, f"{len(different)} of {len(expected)}, {where}, such as {next(iter(different.items()))}"


def alike(one: Figure, other: Figure) -> bool:
    if (one.state, one.missing, one.left_out) != (other.state, other.missing, other.left_out):
        return False
    return all(same(getattr(one, name), getattr(other, name)) for name in NUMBERS)


def same(one: float | None, other: float | None) -> bool:
    a, b = (math.nan if number is None else number for number in (one, other))
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def test_the_same_records_of_the_same_submissions_are_accepted(extracts: Extracts, settings: Settings) -> None:
    with Ledger(settings.database_url).session() as session:
        found = {
            (s.feed, s.supplier, s.period): (s.sequence, s.status, s.rows - s.rejected_records)
            for s in submissions.in_force(session)
        }
    expected = in_force(extracts.folder)
    assert found == {file: (s.sequence, s.status, len(s.records)) for file, s in expected.items()}


def test_every_figure_up_to_a_month_and_then_all_agree(extracts: Extracts, settings: Settings) -> None:
    workflow.compute(settings, to="2018-03")
    assert_alike(computed(settings), all_figures(extracts.folder, to="2018-03"))
    workflow.compute(settings)
    expected = all_figures(extracts.folder)
    assert_alike(computed(settings), expected)
    # The damage was worth it: every state, in every grain where it can be, and every published measure in all of it.
    assert {key[0] for key in expected} == {m.id for m in measures().values() if m.status == "published"}
    assert {(key[2], figure.state) for key, figure in expected.items()} == {
        *((grain, state) for grain in ("month", "quarter") for state in ("counted", "no_cases", "provisional")),
        *(("rolling-12", state) for state in ("no_cases", "provisional")),
        ("month", "not_submitted"),
    }


def test_what_was_missing_and_comes_later_changes_the_figures_as_it_should(
    extracts: Extracts, settings: Settings
) -> None:
    workflow.compute(settings)
    month = ("deaths_in_hospital", "05D", "month", "2017-09", "all", "all")
    assert computed(settings)[month].state == "not_submitted"
    # October's deaths once more, as if they were September's.
    here = {"date_of_registration": "2017-09-28", "date_of_death": "2017-09-27", "nhs_number": ""}
    rows = extracts.rows("deaths", "05D", "2017-10")
    rows = [{**row, **here, "registration_id": f"{row['registration_id']}-S"} for row in rows]
    path = extracts.path("deaths", "05D", "2017-10").with_name("deaths_05D_2017-09_3.csv")
    told = {"feed": "deaths", "supplier": "05D", "period": "2017-09", "status": "freeze"}
    extracts.write(path, rows, **told, sequence=3, extracted_at="2018-08-01T06:30:00Z")
    assert workflow.receive(settings, inbox=extracts.folder, as_of=date(2018, 9, 1)).accepted == 1
    workflow.compute(settings)
    after = computed(settings)
    assert after[month].state == "counted"
    assert_alike(after, all_figures(extracts.folder))
