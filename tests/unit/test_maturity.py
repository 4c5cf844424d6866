"""How far the data of a month can be trusted, from what the ledger knows."""

from typing import Any

import pytest

from outcomes.ledger import Computation, Ledger, Selection, Submission
from outcomes.maturity import linked, maturity
from outcomes.organisations import partnership


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url)


def submission(period: str = "2018-04", sequence: int = 1, **fields: Any) -> Submission:
    usual: dict[str, Any] = {
        "feed": "hospice_care",
        "supplier": "HDM",
        "status": "freeze",
        "extracted_at": "2018-06-08T06:30:00Z",
        "outcome": "accepted",
        "rows": 200,
        "rejected_records": 0,
        "filled": {"nhs_number": 200, "cost_gbp": 200},
        **fields,
    }
    name = f"{usual['feed']}_{usual['supplier']}_{period}_{sequence}"
    return Submission(
        period=period,
        sequence=sequence,
        file_name=f"{name}.csv",
        sha256=name,
        claimed_sha256=name,
        uses_sequence=True,
        warnings=0,
        **usual,
    )


def of_hdm(ledger: Ledger, *submissions: Submission, key_columns: dict[str, list[str]] | None = None) -> Any:
    with ledger.session() as session:
        session.add_all(submissions)
    with ledger.session() as session:
        lines = maturity(session, partnership(), "2018-04", key_columns or {"hospice_care": ["cost_gbp"]})
    assert len(lines) == 41
    return next(line for line in lines if line.supplier == "HDM")


def test_what_did_not_come_has_a_line_all_the_same(ledger: Ledger) -> None:
    line = of_hdm(ledger)
    assert (line.submitted, line.in_time, line.records, line.rejected) == (False, False, None, None)


def test_the_shares_are_of_the_records_in_force(ledger: Ledger) -> None:
    # Of 200 records 20 were set aside; of the 180 left 9 have no valid number and 45 no cost.
    filled = {"nhs_number": 171, "cost_gbp": 135}
    line = of_hdm(ledger, submission(rejected_records=20, filled=filled))
    assert (line.records, line.rejected, line.valid_nhs_numbers) == (200, 10.0, 95.0)
    assert (line.least_filled_column, line.least_filled) == ("cost_gbp", 75.0)


def test_only_key_columns_count_and_of_them_the_emptiest(ledger: Ledger) -> None:
    filled = {"nhs_number": 200, "cost_gbp": 150, "b": 10, "a": 100}
    line = of_hdm(ledger, submission(filled=filled), key_columns={"hospice_care": ["cost_gbp", "a"]})
    assert (line.least_filled_column, line.least_filled) == ("a", 50.0)


def test_without_a_key_column_nothing_is_said_of_empty_ones(ledger: Ledger) -> None:
    line = of_hdm(ledger, submission(), key_columns={"deaths": ["imd_decile"]})
    assert (line.least_filled_column, line.least_filled) == (None, None)


def test_the_usual_volume_is_the_median_of_the_year_before(ledger: Ledger) -> None:
    before = [submission(f"2017-{month:02}", rows=rows) for month, rows in ((5, 100), (9, 140), (12, 900))]
    # A year and a month before is too long ago; what was replaced does not count.
    before += [submission("2017-03", rows=5), submission("2017-12", 2, rows=120)]
    line = of_hdm(ledger, submission(), *before)
    assert line.usual == 120


@pytest.mark.parametrize(
    ("extracted_at", "in_time"),
    [
        # The edition of April is made on the tenth working day of June: the 14th. The day before is in time, in London.
        ("2018-06-13T22:59:00Z", True),
        ("2018-06-13T23:01:00Z", False),
        ("2018-06-14T06:30:00Z", False),
    ],
)
def test_in_time_is_before_the_day_of_the_edition(ledger: Ledger, extracted_at: str, in_time: bool) -> None:
    assert of_hdm(ledger, submission(extracted_at=extracted_at)).in_time is in_time


def test_a_first_version_alone_is_not_in_time_and_a_correction_after_a_final_one_is_not_late(ledger: Ledger) -> None:
    assert of_hdm(ledger, submission(status="flex")).in_time is False
    corrected = [submission(sequence=2), submission(sequence=3, extracted_at="2018-09-01T06:30:00Z")]
    assert of_hdm(ledger, *corrected).in_time is True


def test_an_empty_submission_has_no_shares(ledger: Ledger) -> None:
    line = of_hdm(ledger, submission(rows=0, filled={"nhs_number": 0, "cost_gbp": 0}))
    assert (line.submitted, line.records) == (True, 0)
    assert (line.valid_nhs_numbers, line.least_filled, line.rejected) == (None, None, None)


def test_the_share_of_deaths_linked_is_that_of_the_latest_computation(ledger: Ledger) -> None:
    months = {"first_month": "2018-04", "last_month": "2018-04", "code_version": "", "definitions": "", "measures": {}}
    with ledger.session() as session:
        session.add(Selection(id="s"))
        session.flush()
        for deaths in (10, 40):
            report = {"linked": {"05W": {"2018-04": [deaths, deaths - 1]}, "05D": {"2018-05": [5, 5]}}}
            session.add(Computation(selection_id="s", report=report, **months))
            session.flush()
    with ledger.session() as session:
        (stoke,) = linked(session, "2018-04")
    assert (stoke.area, stoke.deaths, stoke.linked) == ("05W", 40, 97.5)
