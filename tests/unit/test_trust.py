"""What an edition tells of how far its data can be trusted: bands and words, and people only through the gate."""

from collections.abc import Callable
from typing import Any

import pytest

from outcomes.definitions.policy import policy
from outcomes.disclosure import releases
from outcomes.disclosure.releasable import Completeness, Releasable
from outcomes.disclosure.released import ReleasedFigure
from outcomes.ledger import Computation, Edition, Ledger, Release, Selection, Submission
from outcomes.ledger.figures import latest
from outcomes.maturity import Maturity
from outcomes.organisations import partnership
from outcomes.periods import Month, months_between
from outcomes.scorecards.contents import Band
from outcomes.workflow.trust import linked_before, linked_deaths, quality, submission_states

DECIDED = policy().maturity
YEAR = [str(m) for m in months_between(Month(2017, 4), Month(2018, 3))]
ALL_IN = Completeness({}, 0.98)
Let = Callable[..., dict[str, ReleasedFigure]]


def line(**fields: Any) -> Maturity:
    usual: dict[str, Any] = {
        "feed": "admissions",
        "supplier": "RJE",
        "period": "2018-04",
        "submitted": True,
        "in_time": True,
        "records": 1000,
        "usual": 1000.0,
        "valid_nhs_numbers": 99.5,
        "least_filled": 99.5,
        "rejected": 0.5,
    }
    return Maturity(**(usual | fields))


# Bands and words


@pytest.mark.parametrize(
    ("share", "band"),
    [
        (100.0, Band(over=99, to=None)),
        (99.01, Band(over=99, to=None)),
        # "95 to 99 %" holds both its ends.
        (99.0, Band(over=95, to=99)),
        (95.0, Band(over=95, to=99)),
        (94.99, Band(over=None, to=95)),
        (0.0, Band(over=None, to=95)),
        (None, None),
    ],
)
def test_a_share_is_told_as_one_of_three_bands(share: float | None, band: Band | None) -> None:
    found = quality(line(valid_nhs_numbers=share, least_filled=share), DECIDED)
    assert found is not None
    assert found.valid_numbers == found.filled == band


def test_what_is_rejected_has_bands_of_its_own() -> None:
    bands = [quality(line(rejected=share), DECIDED).rejected for share in (0.99, 1.0, 5.0, 5.01)]  # type: ignore[union-attr]
    assert bands == [Band(over=None, to=1), Band(over=1, to=5), Band(over=1, to=5), Band(over=5, to=None)]


def test_a_band_of_few_records_would_be_a_count() -> None:
    # 95 to 99 % of 30 is 29: one record without a valid number. Of 100 it may be any of one to five.
    few, enough = (quality(line(records=n, valid_nhs_numbers=97.0), DECIDED) for n in (99, 100))
    assert few is not None
    assert enough is not None
    assert (few.valid_numbers, few.filled, few.rejected) == ("too_few", "too_few", "too_few")
    assert enough.valid_numbers == Band(over=95, to=99)


def test_no_records_and_no_key_columns_are_not_few() -> None:
    empty = quality(line(records=0, valid_nhs_numbers=None, least_filled=None, rejected=None), DECIDED)
    assert empty is not None
    assert (empty.valid_numbers, empty.filled, empty.rejected, empty.volume) == (None, None, None, "fewer")
    register = quality(line(feed="palliative_register", least_filled=None), DECIDED)
    assert register is not None
    assert register.filled == "no_key"


def test_what_was_not_sent_has_no_quality() -> None:
    assert quality(Maturity("deaths", "05W", "2018-04", submitted=False, in_time=False), DECIDED) is None


@pytest.mark.parametrize(
    ("records", "usual", "word"),
    [
        # Of 1,000 a quarter less and a third more: 750 and 1,330.
        (750, 1000.0, "usual"),
        (749, 1000.0, "fewer"),
        (1330, 1000.0, "usual"),
        (1331, 1000.0, "more"),
        # Chance moves 16 by three times √16 = 12: 4 to 28 are nothing out of the way.
        (4, 16.0, "usual"),
        (3, 16.0, "fewer"),
        (28, 16.0, "usual"),
        (29, 16.0, "more"),
        (0, 0.0, "usual"),
        (500, None, None),
    ],
)
def test_records_against_what_is_usual(records: int, usual: float | None, word: str | None) -> None:
    found = quality(line(records=records, usual=usual), DECIDED)
    assert found is not None
    assert found.volume == word


# The share of deaths linked


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    opened = Ledger(ledger_url)
    with opened.session() as session:
        session.add(Selection(id="s"))
    return opened


def deaths(period: str, supplier: str = "05W", status: str = "freeze") -> Submission:
    name = f"deaths_{supplier}_{period}_1"
    return Submission(
        feed="deaths",
        supplier=supplier,
        period=period,
        sequence=1,
        status=status,
        extracted_at="2018-06-08T06:30:00Z",
        outcome="accepted",
        rows=200,
        rejected_records=0,
        filled={"nhs_number": 200},
        file_name=f"{name}.csv",
        sha256=name,
        claimed_sha256=name,
        uses_sequence=True,
        warnings=0,
    )


@pytest.fixture
def let(ledger: Ledger) -> Let:
    """Compute that so many of Stoke's deaths were linked in each month of the year, and let it out, in an edition kept."""

    def computed(
        *months: tuple[int, int],
        sent: list[str] = YEAR,
        status: str = "freeze",
        first: str = YEAR[0],
        keep: bool = True,
    ) -> dict[str, ReleasedFigure]:
        by_month = dict(zip(YEAR, months, strict=False))
        with ledger.session() as session:
            known = {s.period for s in session.query(Submission).all()}
            session.add_all(deaths(period, status=status) for period in sent if period not in known)
            computation = Computation(
                selection_id="s",
                first_month=first,
                last_month="2018-04",
                code_version="",
                definitions="",
                measures={},
                report={"linked": {"05W": {m: list(c) for m, c in by_month.items()}}},
            )
            session.add(computation)
            session.flush()
            before = linked_before(session, partnership())
            also = linked_deaths(session, before, computation, partnership(), "2018-04", ALL_IN)
            none = Releasable(latest(session), {}, "QNC", ALL_IN)
            out = releases.judge(session, "2018-04", computation, none, also).beside
            if keep:
                release = Release(period="2018-04", computation_id=computation.id, content_sha256=str(computation.id))
                session.add(release)
                session.flush()
                kept = {"linked": [{n: getattr(f, n) for n in f.__dataclass_fields__} for f in out]}
                session.add(Edition(period="2018-04", number=release.id, release_id=release.id, context=kept))
        return {figure.area: figure for figure in out}

    return computed


def test_the_share_is_that_of_the_year_to_the_latest_quarters_end_from_rounded_counts(let: Let) -> None:
    # Twelve months of 101 deaths, 97 linked: 1,212 and 1,164 print as 1,210 and 1,165, and 96.28 % as 96.
    stoke = let(*[(101, 97)] * 12)["05W"]
    assert (stoke.grain, stoke.period, stoke.state) == ("rolling-12", "2018-03", "shown")
    assert (stoke.denominator, stoke.numerator, stoke.value) == (1210, 1165, 96)
    assert not stoke.provisional


@pytest.mark.parametrize(
    ("months", "denominator", "numerator"),
    [
        # 5 of the year's 15 deaths linked: a count of 1 to 7.
        ([(1, 1)] * 5 + [(2, 0)] * 5, 15, None),
        # 5 deaths in all.
        ([(1, 1)] * 5, None, None),
        # 73 of 74 would print as 75 of 75: at most 77 - 73 = 4 were then not linked, which is too close.
        ([(74, 73)], 75, None),
    ],
)
def test_what_would_tell_of_one_to_seven_people_is_withheld(
    let: Let, months: list[tuple[int, int]], denominator: int | None, numerator: int | None
) -> None:
    stoke = let(*months)["05W"]
    assert (stoke.state, stoke.denominator, stoke.numerator) == ("suppressed", denominator, numerator)
    assert stoke.value is None


def test_eight_who_are_not_linked_may_be_told_of(let: Let) -> None:
    stoke = let((74, 66))["05W"]
    assert (stoke.state, stoke.denominator, stoke.numerator) == ("shown", 75, 65)


def test_what_was_once_withheld_stays_withheld(let: Let) -> None:
    assert let(*[(1, 1)] * 5 + [(2, 0)] * 5)["05W"].state == "suppressed"
    again = let(*[(10, 9)] * 12)["05W"]
    assert (again.state, again.denominator, again.numerator) == ("suppressed", 120, None)


def test_nothing_that_was_not_kept_binds(let: Let) -> None:
    assert let(*[(1, 1)] * 5 + [(2, 0)] * 5, keep=False)["05W"].state == "suppressed"
    assert let(*[(10, 9)] * 12)["05W"].state == "shown"


def test_not_submitted_is_not_no_cases_and_neither_is_zero(let: Let) -> None:
    found = let(sent=YEAR)
    assert (found["05W"].state, found["05D"].state) == ("no_cases", "not_submitted")
    assert {a: f.value for a, f in found.items()} == dict.fromkeys(found, None)


def test_a_month_that_is_missing_or_not_final_makes_it_provisional(let: Let) -> None:
    stoke = let(*[(101, 97)] * 12, sent=YEAR[1:])["05W"]
    assert (stoke.provisional, stoke.missing) == (True, "deaths 05W 2017-04")


def test_a_first_version_makes_it_provisional(let: Let) -> None:
    assert let(*[(101, 97)] * 12, status="flex")["05W"].provisional


def test_before_the_first_whole_year_there_is_none(let: Let) -> None:
    assert let(*[(101, 97)] * 12, first="2017-05") == {}


# The extracts


def test_every_extract_expected_is_told_of(ledger: Ledger) -> None:
    with ledger.session() as session:
        session.add(deaths("2018-04"))
    with ledger.session() as session:
        states = list(submission_states(session, partnership(), "2018-04", DECIDED))
    assert len(states) == 41
    (stoke,) = [s for s in states if s.quality]
    assert (stoke.feed, stoke.supplier, stoke.state) == ("deaths", "05W", "freeze")
    assert stoke.quality is not None
    # 200 of 200 with a valid number; the columns of ours that may be empty are not in this one's count.
    assert (stoke.quality.in_time, stoke.quality.valid_numbers) == (True, Band(over=99, to=None))
    assert {s.state for s in states if not s.quality} == {"missing"}
