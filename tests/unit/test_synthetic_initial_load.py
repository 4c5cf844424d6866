"""The first month's shared care records hold what was known before it, so that no chart begins with a false rise."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from outcomes.periods import Month
from outcomes.synthetic import write_extracts
from outcomes.synthetic.initial_load import FEED, initial_load
from outcomes.synthetic.lives import lives_that_end
from outcomes.synthetic.records import Records, period_of

APRIL = Month(2017, 4)
NO_DAY = "NaT"


def amendments(*rows: tuple[int, str, str, str, str, str, str, str]) -> Records:
    """Records of Stoke-on-Trent: number, created, amended, consent, first and second wish, care plan, medicines."""
    number, created, amended, consent, first, second, plan, medicines = map(list, zip(*rows, strict=True))
    n = len(rows)
    days = {"created_date": created, "care_plan_date": plan, "anticipatory_medicines_date": medicines}
    columns = {name: np.array(values, "datetime64[D]") for name, values in days.items()} | {
        "record_id": np.array(number),
        "nhs_number": 9_990_000_000 + np.array(number),
        "amended_at": np.array(amended, "datetime64[m]"),
        "consent": np.array(consent),
        "ppd_first": np.array(first),
        "ppd_first_is_usual_residence": np.where(np.array(first) == "", "", "N"),
        "ppd_first_organisation_code": np.full(n, ""),
        "ppd_second": np.array(second),
        "review_date": np.full(n, NO_DAY, "datetime64[D]"),
        "cpr_decision": np.full(n, "attempt"),
    }
    return Records(FEED, np.full(n, "05W"), period_of(columns["amended_at"]), columns)


def lines(records: Records) -> list[dict[str, str | None]]:
    return records.table().to_pylist()


def test_a_record_made_earlier_is_sent_once_more_as_it_stood():
    sent = lines(
        initial_load(
            amendments(
                (7, "2017-01-10", "2017-01-10T09:00", "given", "21", "30", "2017-01-09", NO_DAY),
                (7, "2017-01-10", "2017-03-05T10:00", "given", "", "", NO_DAY, "2017-03-05"),
                (7, "2017-01-10", "2017-04-02T10:00", "attorney", "40", "", "2017-04-02", NO_DAY),
            ),
            APRIL,
        )
    )
    assert len(sent) == 1, "not once for each amendment, and nothing of April's own"
    # The seventh minute of the load, by the record's number; what March left empty stood as January had it.
    assert sent[0]["amended_at"] == "2017-04-01T00:07"
    assert sent[0]["created_date"] == "2017-01-10"
    assert (sent[0]["consent"], sent[0]["ppd_first"], sent[0]["ppd_second"]) == ("given", "21", "30")
    assert (sent[0]["care_plan_date"], sent[0]["anticipatory_medicines_date"]) == ("2017-01-09", "2017-03-05")


def test_a_second_wish_goes_with_its_first():
    """Who wanted home, or else a hospice, and then a care home and nothing else, has no second wish left."""
    sent = lines(
        initial_load(
            amendments(
                (8, "2017-01-10", "2017-01-10T09:00", "given", "21", "30", NO_DAY, NO_DAY),
                (8, "2017-01-10", "2017-02-01T09:00", "withdrawn", "40", "", NO_DAY, NO_DAY),
            ),
            APRIL,
        )
    )
    assert [(line["consent"], line["ppd_first"], line["ppd_second"]) for line in sent] == [("withdrawn", "40", None)]


def test_a_record_made_in_the_month_itself_needs_no_load():
    own = amendments((9, "2017-04-01", "2017-04-01T09:00", "given", "21", "", NO_DAY, NO_DAY))
    assert lines(initial_load(own, APRIL)) == []


def in_force(records: Records) -> pd.DataFrame:
    """Each record as it ended: the last consent, and the last wish that was entered."""
    told = pd.DataFrame(lines(records)).sort_values(["record_id", "amended_at"])
    last = told.drop_duplicates("record_id", keep="last").set_index("record_id")
    wished = told[told["ppd_first"].notna()].drop_duplicates("record_id", keep="last").set_index("record_id")
    return last[["consent", "created_date"]].join(wished[["ppd_first", "ppd_second"]])


@pytest.mark.parametrize("died", [Month(2018, 5), Month(2018, 6), Month(2018, 9)])
def test_who_reads_from_may_on_finds_what_who_reads_everything_finds(died: Month):
    told = next(records for records in lives_that_end(1, died, 0.5) if records.feed == FEED)
    may = Month(2018, 5)
    load = initial_load(told, may)
    since = np.nonzero(told.period >= load.period[0])[0]
    read = Records(
        FEED,
        np.r_[load.supplier, told.supplier[since]],
        np.r_[load.period, told.period[since]],
        {name: np.r_[load.columns[name], values[since]] for name, values in told.columns.items()},
    )
    assert len(load.period) > 50
    pd.testing.assert_frame_equal(in_force(read), in_force(told))


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spring")
    write_extracts(folder, APRIL, Month(2017, 6), scale=0.1)
    return folder


def read(folder: Path, feed: str, month: str) -> pd.DataFrame:
    files = sorted(folder.glob(f"{feed}_*_{month}_1.csv"))
    return pd.concat([pd.read_csv(f, dtype=str, keep_default_na=False) for f in files], ignore_index=True)


def test_only_the_first_month_has_a_load_and_it_comes_before_every_death_and_every_other_amendment(spring: Path):
    april, may = read(spring, "epaccs", "2017-04"), read(spring, "epaccs", "2017-05")
    loaded = april["amended_at"] < "2017-04-01T06:00"
    assert 2 * len(may) < loaded.sum() < 5 * len(may), "three times a usual month, and its own"
    assert 0.7 * len(may) < (~loaded).sum() < 1.3 * len(may)
    assert (may["amended_at"] > "2017-05-01T06:00").all()
    assert (april.loc[loaded, "created_date"] < "2017-04-01").all()
    assert april.loc[loaded, "record_id"].duplicated().sum() <= 2, "once each, but for a fault"
    deaths = pd.concat([read(spring, "deaths", month) for month in ("2017-04", "2017-05", "2017-06")])
    earlier = deaths[(deaths["date_of_death"] < "2017-04-01") & (deaths["nhs_number"] != "")]
    assert len(earlier) > 10, "registered late"
    assert not april.loc[loaded, "nhs_number"].isin(earlier["nhs_number"]).any(), "and none of the dead"


def test_a_window_that_begins_later_has_the_load_in_its_own_first_month(tmp_path: Path):
    write_extracts(tmp_path, Month(2017, 5), Month(2017, 5), scale=0.02)
    assert (read(tmp_path, "epaccs", "2017-05")["amended_at"] < "2017-05-01T06:00").sum() > 20
