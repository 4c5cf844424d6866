"""The synthetic people are believable: bands from public sources, computed from the written files alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.synthetic import geography, write_extracts

# Deaths from the fourth month on, so that everybody's last ninety days are in the files, up to two months before the end.
FIRST, LAST = Month(2017, 8), Month(2018, 12)
EARLIEST, BEFORE = "2017-12-01", "2018-11-01"
SCALE = 0.35
EMERGENCY = {"21", "22", "23", "24", "25", "28", "2A", "2D"}
LOCATIONS = {"10", "20", "21", "22", "30", "40", "41", "42", "50"}


class Files:
    """The last submission of each period, of the people whose deaths were registered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = set(self.all("deaths", "nhs_number")["nhs_number"]) - {""}

    def all(self, feed: str, *columns: str) -> pd.DataFrame:
        latest = {str(file).rsplit("_", 1)[0]: file for file in sorted(self.folder.glob(f"{feed}_*.csv"))}
        parts = [
            pd.read_csv(f, dtype=str, keep_default_na=False, usecols=list(columns) or None) for f in latest.values()
        ]
        return pd.concat(parts, ignore_index=True)

    def of_the_dead(self, feed: str, *columns: str) -> pd.DataFrame:
        records = self.all(feed, *(("nhs_number", *columns) if columns else ()))
        return records[records["nhs_number"].isin(self.numbers)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("people")
    write_extracts(folder, FIRST, LAST, scale=SCALE)
    return Files(folder)


@pytest.fixture(scope="module")
def deaths(files: Files) -> pd.DataFrame:
    """One row per adult of the six CCGs, with the place of death by the establishment's type."""
    d = files.all("deaths")
    d["died"] = pd.to_datetime(d["date_of_death"], errors="coerce")
    d["registered"] = pd.to_datetime(d["date_of_registration"], errors="coerce")
    d = d.sort_values(["registered", "registration_id"]).drop_duplicates("registration_id", keep="last")
    d = d[(d["cancelled_flag"] == "N") & d["died"].between(EARLIEST, BEFORE, inclusive="left")]
    d = d[~((d["nhs_number"] != "") & d.duplicated("nhs_number"))]
    d["ccg"] = d["ccg_of_registration"].where(d["ccg_of_registration"].isin(geography.CCGS), d["ccg_of_residence"])
    d = d[d["ccg"].isin(geography.CCGS) & (d["age_at_death"].astype(int) >= 18)]
    nhs, kind = d["pod_nhs_establishment"], d["pod_establishment_type"].str.zfill(2)
    rules = {
        "home": d["pod_code"] == "H",
        "elsewhere": d["pod_code"] == "E",
        "hospital": (nhs == "1") & kind.isin(["01", "03", "18", "99"]),
        "care_home": (nhs == "2") & kind.isin(["03", "04", "07", "10", "22", "32", "33"]),
        "hospice": kind == "83",
    }
    d["place"] = np.select(list(rules.values()), list(rules), "other")
    d["expected"] = ~d["underlying_cause"].str[:1].isin(["V", "W", "X", "Y"])
    return d.reset_index(drop=True)


@pytest.fixture(scope="module")
def spells(files: Files, deaths: pd.DataFrame) -> pd.DataFrame:
    """Ordinary spells of those deaths, up to death; days count back from the day of death."""
    columns = (
        "provider_code spell_id admission_date discharge_date admission_method patient_classification discharge_method"
    )
    a = files.of_the_dead("admissions", *columns.split()).drop_duplicates(["provider_code", "spell_id"])
    a = a[a["patient_classification"] == "1"].merge(deaths[["nhs_number", "died", "place"]], on="nhs_number")
    for name in ("admission", "discharge"):
        a[name] = (a["died"] - pd.to_datetime(a[f"{name}_date"])).dt.days
    return a[(a["admission"] >= 0) & (a["discharge"] <= 365)]


@pytest.fixture(scope="module")
def last_amendments(files: Files, deaths: pd.DataFrame) -> pd.DataFrame:
    """Each person's shared record as it was at death: the last consent and the last preference."""
    e = files.of_the_dead("epaccs").merge(deaths[["nhs_number", "died", "place", "expected"]], on="nhs_number")
    e = e[pd.to_datetime(e["amended_at"].str[:10]) <= e["died"]].sort_values(["amended_at", "record_id"])
    e["ppd_first"] = e["ppd_first"].replace("", None)
    return e.groupby("nhs_number").last()


def share(condition: pd.Series) -> float:
    return float(condition.mean())


def test_the_shares_of_the_ccgs_are_of_ccgs_of_the_partnership():
    assert list(geography.CCGS) == [c.code for c in partnership().ccgs]


def test_deaths_have_a_winter_and_the_ccgs_their_sizes(deaths):
    by_month = deaths.groupby(deaths["died"].dt.strftime("%Y-%m")).size() / SCALE
    assert 820 < by_month.mean() < 1_060
    assert by_month["2018-01"] > 1.1 * by_month.mean() > by_month["2018-08"] * 1.15
    by_ccg = deaths.groupby("ccg").size() / SCALE / by_month.size
    assert set(by_ccg.index) == set(geography.CCGS)
    assert by_ccg.between(70, 270).all()


def test_where_people_die(deaths):
    places = deaths["place"].value_counts(normalize=True)
    assert 0.42 < places["hospital"] < 0.50
    assert 0.20 < places["home"] < 0.28
    assert 0.17 < places["care_home"] < 0.25
    assert 0.03 < places["hospice"] < 0.07
    assert 0.01 < places["elsewhere"] + places["other"] < 0.07


def test_how_long_registration_takes(deaths):
    days = (deaths["registered"] - deaths["died"]).dt.days
    assert 4 <= days.median() <= 6
    assert 0.03 < share(days > 30) < 0.08
    assert days.max() > 90


def test_a_few_registrations_are_unlinked_cancelled_doubled_or_of_a_child(files, deaths):
    assert 0.012 < share(deaths["nhs_number"] == "") < 0.035
    everything = files.all("deaths")
    assert 0 < share(everything["cancelled_flag"] == "Y") < 0.01
    numbers = everything.loc[everything["nhs_number"] != "", ["nhs_number", "registration_id"]].drop_duplicates()
    assert 0 < share(numbers["nhs_number"].duplicated()) < 0.015
    assert 0 < share(everything["age_at_death"].astype(int) < 18) < 0.02


def test_crises_in_the_last_ninety_days(deaths, spells):
    crises = (
        spells[spells["admission_method"].isin(EMERGENCY) & (spells["admission"] <= 90)].groupby("nhs_number").size()
    )
    linked = deaths[deaths["nhs_number"] != ""]
    each = linked["nhs_number"].map(crises).fillna(0)
    assert 0.6 < each.mean() < 0.9
    assert 0.045 < share(each >= 3) < 0.09
    poorest = linked["imd_decile"].isin(["1", "2"])
    richest = linked["imd_decile"].isin(["9", "10"])
    assert each[poorest].mean() > each[richest].mean(), "a deprivation gradient"
    north = linked["ccg"] == "05G"
    winter = linked["died"].dt.month.isin([12, 1, 2, 3])
    assert each[north & winter].mean() > 1.15 * each[north & ~winter].mean(), "the bad winter of 2017/18"
    assert each[~north & winter].mean() < 1.15 * each[~north & ~winter].mean(), "quiet elsewhere"


def test_days_at_home(deaths, spells):
    nights = (
        (spells["admission"].clip(upper=90) - spells["discharge"].clip(lower=0, upper=90))
        .groupby(spells["nhs_number"])
        .sum()
    )
    linked = deaths.loc[deaths["nhs_number"] != "", "nhs_number"]
    at_home = 90 - linked.map(nights).fillna(0)
    assert at_home.min() >= 0, "stays do not overlap"
    assert 78 < at_home.mean() < 83


def test_who_dies_in_hospital_has_a_spell_that_ends_with_it(deaths, spells):
    ended = spells[(spells["discharge_method"] == "4") & (spells["discharge"] == 0)]
    in_hospital = deaths[(deaths["place"] == "hospital") & (deaths["nhs_number"] != "")]
    # The few others have a spell whose own NHS number is missing, or a fault.
    assert share(in_hospital["nhs_number"].isin(ended["nhs_number"])) > 0.97
    assert (spells.loc[spells["discharge_method"] == "4", "place"] == "hospital").all()
    assert (spells["discharge"] >= 0).mean() > 0.999, "nobody stays on after death"


def test_who_dies_in_a_hospice_has_a_stay_that_ends_with_it(files, deaths):
    stays = files.of_the_dead("hospice_care", "end_reason", "end_date", "setting")
    stays = stays[stays["end_reason"] == "died"].merge(deaths, on="nhs_number")
    in_hospice = deaths[(deaths["place"] == "hospice") & (deaths["nhs_number"] != "")]
    assert share(in_hospice["nhs_number"].isin(stays["nhs_number"])) > 0.95
    assert set(stays["place"]) == {"hospice"}
    assert (stays["end_date"] == stays["date_of_death"]).all()


def test_some_stays_go_on_in_another_trust_also_past_midnight(spells):
    first = spells.merge(spells[spells["admission_method"] == "81"], on="nhs_number", suffixes=("", "_on"))
    first = first[first["provider_code"] != first["provider_code_on"]]
    gaps = first["discharge"] - first["admission_on"]
    assert (gaps == 0).sum() > 20
    assert (gaps == 1).sum() > 5
    assert set(first.loc[gaps.isin([0, 1]), "provider_code_on"]) <= {"RRE", "R1E"}


def test_many_spells_have_several_episodes(files):
    episodes = files.of_the_dead("admissions", "provider_code", "spell_id", "episode_number")
    assert 0.1 < share(episodes.groupby(["provider_code", "spell_id"]).size() > 1) < 0.4


def test_plans_and_preferences(deaths, last_amendments):
    expected = deaths[deaths["expected"] & (deaths["nhs_number"] != "")]
    last = last_amendments.reindex(expected["nhs_number"])
    assert 0.40 < share(last["consent"].notna() & (last["consent"] != "withdrawn")) < 0.55
    assert (last["consent"] == "withdrawn").sum() > 5
    assert 0.42 < share(last["ppd_first"].isin(LOCATIONS)) < 0.53
    assert {"undecided", "declined", "unable"} <= set(last["ppd_first"].dropna())


def test_most_die_where_they_wanted(last_amendments):
    kind = {"10": "hospital", "30": "hospice"}
    kind |= dict.fromkeys(["20", "21", "22"], "home") | dict.fromkeys(["40", "41", "42"], "care_home")
    stated = last_amendments[last_amendments["ppd_first"].isin(kind)]
    assert 0.58 < share(stated["ppd_first"].map(kind) == stated["place"]) < 0.72


def test_a_programme_lifts_one_ccgs_shared_records(deaths, last_amendments):
    expected = deaths[deaths["expected"] & (deaths["nhs_number"] != "")]
    has = expected["nhs_number"].isin(last_amendments.index)
    before, after = expected["died"] < "2018-02-01", expected["died"] >= "2018-07-01"
    stafford = expected["ccg"] == "05V"
    assert share(has[stafford & after]) > share(has[stafford & before]) + 0.06
    assert abs(share(has[~stafford & after]) - share(has[~stafford & before])) < 0.06


def test_amendments_go_on_after_death_now_and_then(files, deaths):
    e = files.of_the_dead("epaccs", "amended_at", "ppd_first").merge(
        deaths[["nhs_number", "date_of_death"]], on="nhs_number"
    )
    assert 0 < share(e["amended_at"].str[:10] > e["date_of_death"]) < 0.05
    chosen = e[e["ppd_first"].isin(LOCATIONS)].groupby("nhs_number")["ppd_first"].nunique()
    assert 0.03 < share(chosen > 1) < 0.2, "some change their mind"


def test_the_register_knows_about_half(files, deaths):
    r = files.of_the_dead("palliative_register").merge(
        deaths[["nhs_number", "date_of_death", "expected"]], on="nhs_number"
    )
    holds = (r["entry_date"] < r["date_of_death"]) & (
        (r["removal_date"] == "") | (r["removal_date"] >= r["date_of_death"])
    )
    expected = deaths[deaths["expected"] & (deaths["nhs_number"] != "")]
    assert 0.45 < share(expected["nhs_number"].isin(r.loc[holds, "nhs_number"])) < 0.58


def test_families_answer_some_months_later(files, deaths):
    answers = files.of_the_dead("bereavement_survey", "response_date").merge(deaths, on="nhs_number")
    waited = (pd.to_datetime(answers["response_date"], errors="coerce") - answers["died"]).dt.days
    assert waited.median() > 60
    assert len(answers) > 50


def test_volumes_are_those_of_a_usual_month(files):
    usual = {
        "deaths": 1_000,
        "epaccs": 1_500,
        "palliative_register": 5_000,
        "bereavement_survey": 180,
        "admissions": 35_000,
        "ed_attendances": 40_000,
        "community_contacts": 150_000,
        "urgent_care_contacts": 24_000,
        "ambulance_incidents": 16_000,
        "hospice_care": 1_500,
    }
    months = 17
    for feed, rows in usual.items():
        a_month = len(files.all(feed, "nhs_number")) / months / SCALE
        assert 0.8 * rows < a_month < 1.2 * rows, feed


def test_ambulances_often_do_not_know_the_number(files):
    assert 0.13 < share(files.all("ambulance_incidents", "nhs_number")["nhs_number"] == "") < 0.17
