"""Computing only what can have moved gives the ledger, row by row, that computing everything each time gives."""

import shutil
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from landed import Landing, episode, person
from sqlalchemy import select, update
from test_compute import TODAY

from outcomes.computing.compute import Computed, compute
from outcomes.computing.figures import KEY, NUMBERS
from outcomes.definitions.shipped import shipped
from outcomes.ledger import Computation, FigureRow, Submission
from outcomes.organisations import partnership
from outcomes.periods import Month, months_between

MONTHS = [str(m) for m in months_between(Month(2017, 3), Month(2018, 6))]
CCGS = [ccg.code for ccg in partnership().ccgs][:3]
MEASURES = ("time_at_home_last_six_months", "deaths_in_hospital", "preferred_place_recorded", "crisis_admissions")
IN_HOSPITAL = {"pod_code": "C", "pod_nhs_establishment": "1", "pod_establishment_type": "03"}
Row = tuple[object, ...]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three sets of definitions: four measures; without the first; with a new version of it that counts alike."""
    made = []
    for measures in (MEASURES, MEASURES[1:], MEASURES):
        made.append(tmp_path_factory.mktemp("measures"))
        for id in measures:
            shutil.copy(shipped("sql/measures") / f"{id}.sql", made[-1])
    newer = made[-1] / f"{MEASURES[0]}.sql"
    text = newer.read_text(encoding="utf-8")
    header, body = text[: (end := text.index("--- */"))], text[end:]
    change = header[header.index("[[changes]]") :].replace("version = 1\n", "version = 2\n")
    newer.write_text(header.replace("version = 1\n", "version = 2\n", 1) + change + body, encoding="utf-8")
    return made


def computed(landing: Landing, folder: Path, to: str | None = None, code: str = "1") -> Computed:
    known = partnership()
    given: dict[str, Any] = {"to": to, "today": TODAY, "code_version": code, "measures_folder": folder}
    return compute(landing.ledger, landing.lake, known, **given)


def everything_anew(landing: Landing) -> None:
    """Let the computations of a ledger seem to be by other definitions: the next one computes and compares everything."""
    with landing.ledger.session() as session:
        session.execute(update(Computation).values(definitions="other"))


def history(landing: Landing) -> list[Row]:
    """Every row of figures there ever was, in the order of its key and then of its arrival, without its numbering."""
    columns = [*KEY, "measure_version", *NUMBERS, "spread", "state", "missing", "left_out"]
    order = [getattr(FigureRow, c) for c in (*KEY, "id")]
    with landing.ledger.session() as session:
        query = select(*(getattr(FigureRow, c) for c in columns)).order_by(*order)
        # The databases sort texts each in its own way.
        return sorted((tuple(row) for row in session.execute(query)), key=lambda row: tuple(map(str, row[:7])))


def some_deaths(draw: Random, ccg: str, month: str) -> list[dict[str, Any]]:
    """Of few people, so that they are registered twice, late, and by other CCGs; some are cancelled."""
    rows = {}
    for _ in range(draw.randrange(6)):
        n = draw.randrange(40)
        died = draw.choice(MONTHS[max(0, MONTHS.index(month) - 5) : MONTHS.index(month) + 1])
        rows[n] = {
            "registration_id": f"{n}",
            "person_id": draw.choice((person(n), person(n), None)),
            "date_of_death": f"{died}-{1 + n % 28:02d}",
            "date_of_registration": f"{month}-28",
            "ccg_of_registration": draw.choice((ccg, ccg, "99X")),
            "ccg_of_residence": draw.choice(CCGS),
            "age_at_death": draw.choice((17, 50, 80, 90)),
            "cancelled_flag": draw.choice(("N",) * 5 + ("Y",)),
            **draw.choice(({}, IN_HOSPITAL)),
        }
    return list(rows.values())


def some_stays(draw: Random, month: str) -> list[dict[str, Any]]:
    stays = {n: draw.choice((person(n), person(n + 1), None)) for n in draw.sample(range(40), 6)}
    return [episode(p, f"S{n}", f"{month}-{1 + n % 9:02d}", f"{month}-{11 + n % 9}") for n, p in stays.items()]


def something_happens(draw: Random, landings: tuple[Landing, ...], sequences: Counter[tuple[str, str, str]]) -> None:
    """A submission, new or again, of any month, or one that is withdrawn; the same for every landing."""
    month, ccg, status = draw.choice(MONTHS), draw.choice(CCGS), draw.choice(("flex", "freeze"))
    if draw.random() < 0.2:
        chosen = draw.choice(sorted(sequences))
        what = {"feed": chosen[0], "supplier": chosen[1], "period": chosen[2]}
        for landing in landings:
            with landing.ledger.session() as session:
                session.execute(update(Submission).filter_by(**what).values(outcome="withdrawn"))
        return
    feed, supplier = draw.choice((("deaths", ccg), ("deaths", ccg), ("admissions", "RJE")))
    sequences[feed, supplier, month] += 1
    how: dict[str, Any] = {"sequence": sequences[feed, supplier, month], "status": status}
    rows = some_deaths(draw, ccg, month) if feed == "deaths" else some_stays(draw, month)
    for landing in landings:
        if feed == "deaths":
            landing.deaths(ccg, month, *rows, **how)
        else:
            landing.submit(feed, supplier, month, *rows, **how)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_whatever_order_every_row_is_that_of_computing_everything(
    seed: int, tmp_path: Path, ledger_url: str, folders: list[Path]
) -> None:
    draw = Random(seed)
    ours, anew = Landing(tmp_path / "ours", ledger_url), Landing(tmp_path / "anew", f"sqlite:///{tmp_path}/anew.sqlite")
    sequences: Counter[tuple[str, str, str]] = Counter()
    for month in draw.sample(MONTHS, len(MONTHS)):
        sequences["deaths", CCGS[0], month] += 1
        rows = some_deaths(draw, CCGS[0], month)
        for landing in (ours, anew):
            landing.deaths(CCGS[0], month, *rows)
    # No withdrawal takes the last month away, so that there always is something to compute up to.
    del sequences["deaths", CCGS[0], MONTHS[-1]]
    for _ in range(8):
        for _ in range(draw.choice((0, 1, 1, 3))):
            something_happens(draw, (ours, anew), sequences)
        to = draw.choice((None, None, None, *MONTHS[-4:]))
        folder, code = folders[draw.choice((0, 0, 0, 0, 0, 1, 2))], draw.choice("1111112")
        both(ours, anew, folder, to, code)


def both(ours: Landing, anew: Landing, *given: Any) -> Computed:
    """Compute in both ledgers, in one of them everything; they have to be alike afterwards."""
    everything_anew(anew)
    then, all_of_it = computed(ours, *given), computed(anew, *given)
    assert (then.changed, history(ours)) == (all_of_it.changed, history(anew))
    return then


def test_a_first_month_that_comes_and_goes_takes_every_period_with_it_that_it_is_in(
    tmp_path: Path, ledger_url: str, folders: list[Path]
) -> None:
    ours, anew = Landing(tmp_path / "ours", ledger_url), Landing(tmp_path / "anew", f"sqlite:///{tmp_path}/anew.sqlite")
    for landing in (ours, anew):
        for n, month in enumerate(MONTHS):
            landing.deaths("05W", month, {"registration_id": month, "person_id": person(n)})
    both(ours, anew, folders[0])
    for landing in (ours, anew):
        with landing.ledger.session() as session:
            session.execute(update(Submission).filter_by(period=MONTHS[0]).values(outcome="withdrawn"))
    # Up to June the first month and no more is gone; the year that began with it is when it is looked at again.
    each = len(MEASURES) * 7 * 19
    assert both(ours, anew, folders[0], MONTHS[3]).changed == each * 1
    assert both(ours, anew, folders[0]).changed == each * 1
    for landing in (ours, anew):
        landing.deaths("05W", MONTHS[0], {"registration_id": "again"}, sequence=2)
    both(ours, anew, folders[0])


def test_a_new_version_that_counts_alike_is_in_every_figure_of_its_measure(
    tmp_path: Path, ledger_url: str, folders: list[Path]
) -> None:
    ours, anew = Landing(tmp_path / "ours", ledger_url), Landing(tmp_path / "anew", f"sqlite:///{tmp_path}/anew.sqlite")
    for landing in (ours, anew):
        for month in MONTHS[:3]:
            landing.deaths("05W", month, {"registration_id": month})
    both(ours, anew, folders[0])
    assert both(ours, anew, folders[2]).changed == 7 * 19 * 3
    # A computation by other definitions in between: what it changed is changed back, up to where it went.
    both(ours, anew, folders[1], MONTHS[1])
    both(ours, anew, folders[2])


def test_what_cannot_have_moved_is_neither_computed_nor_compared(landing: Landing, folders: list[Path]) -> None:
    for month in MONTHS[:5]:
        landing.deaths("05W", month, *({"registration_id": f"{month} {n}", "person_id": person(n)} for n in range(9)))
    computed(landing, folders[0])
    # If it were looked at, this would be put right.
    with landing.ledger.session() as session:
        session.execute(update(FigureRow).where(FigureRow.grain == "month").values(missing="touched"))
    landing.deaths("05W", MONTHS[2], {"registration_id": "one more"}, sequence=2)
    moved = computed(landing, folders[0])
    with landing.ledger.session() as session:
        rows = session.scalars(select(FigureRow).where(FigureRow.computation_id == moved.computation_id)).all()
        assert {row.period for row in rows if row.grain == "month"} == {MONTHS[2]}
    # Other code may compute anything otherwise: all of it is compared.
    computed(landing, folders[0], code="2")
    with landing.ledger.session() as session:
        assert {row.missing == "touched" for row in session.scalars(select(FigureRow))} == {True, False}
    assert computed(landing, folders[0], code="3").changed == 0


def test_a_ledger_from_before_there_were_fingerprints_is_compared_as_a_whole(
    landing: Landing, folders: list[Path]
) -> None:
    landing.deaths("05W", MONTHS[0], {"registration_id": "A"})
    first = computed(landing, folders[0])
    with landing.ledger.session() as session:
        session.execute(update(Computation).values(months=None))
        session.execute(update(FigureRow).values(missing="touched"))
    landing.submit("admissions", "RJE", MONTHS[0], episode(person(1), "S", f"{MONTHS[0]}-01", f"{MONTHS[0]}-02"))
    assert computed(landing, folders[0]).changed == first.figures
