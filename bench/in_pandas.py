"""The three measures in pandas, straight from the lake: the whole specification, vectorised.

    python bench/in_pandas.py QUESTION ANSWER       as three_measures tells

Promises the figures of the product, worked out independently of its SQL. Held against it by `make bench`.
"""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from three_measures import (
    ANSWER,
    CARE_HOMES,
    COLUMNS,
    EMERGENCY,
    KEPT,
    KEYS,
    LOCATIONS,
    MEASURES,
    NEWEST,
    PLACE,
    RESIDENCE,
    SPELL,
    TRANSFER_IN,
    Asked,
    asked,
)

DAYS_90 = pd.Timedelta(days=90)


def read(asked: Asked, feed: str) -> pd.DataFrame:
    """The columns needed; a UUID as its bytes, since as an object each would be made in Python."""
    files = asked.paths(feed)
    schema = pq.read_schema(files[0])
    plain = pa.schema([pa.field(f.name, pa.binary(16) if f.name == "person_id" else f.type) for f in schema])
    columns = [*COLUMNS[feed], *NEWEST]
    dates = {"date_as_object": False}
    # It takes a list of files; its stubs do not know.
    records: pd.DataFrame = pd.read_parquet(files, columns=columns, schema=plain, to_pandas_kwargs=dates)  # type: ignore[call-overload]
    return records


def in_force(records: pd.DataFrame, feed: str) -> pd.DataFrame:
    """One record for each key, the newest."""
    return records.sort_values(NEWEST, ascending=False).drop_duplicates(KEYS[feed]).drop(columns=NEWEST)


def linked_cohort(deaths: pd.DataFrame, ccgs: list[str]) -> pd.DataFrame:
    """The linked deaths that count, with CCG, month and place."""
    died = deaths[(deaths["cancelled_flag"] != "Y") & deaths["person_id"].notna()]
    died = died.sort_values(["date_of_registration", "registration_id"]).drop_duplicates("person_id")
    ccg = died["ccg_of_registration"].where(died["ccg_of_registration"].isin(ccgs), died["ccg_of_residence"])
    died = died.assign(ccg=ccg)[(died["age_at_death"] >= 18) & ccg.isin(ccgs)]
    establishment = died["pod_nhs_establishment"].fillna("") + died["pod_establishment_type"].str.zfill(2)
    place = establishment.map(PLACE).fillna("unknown").mask(died["pod_code"] == "H", "home")
    return died.assign(
        place=place.mask(died["pod_code"] == "E", "elsewhere"), month=died["date_of_death"].dt.strftime("%Y-%m")
    )


def wish_kept(cohort: pd.DataFrame, amendments: pd.DataFrame) -> pd.Series:
    """For each person whose last word named a place that can be checked: whether that is where they died."""
    said = amendments[amendments["ppd_first"].notna()].merge(cohort, on="person_id")
    said = said[said["amended_at"].dt.normalize() <= said["date_of_death"]]
    last = said.sort_values(["amended_at", "record_id"]).drop_duplicates("person_id", keep="last")
    checked = last["ppd_first"].isin(LOCATIONS) & (last["ppd_first"] != "50") & (last["place"] != "unknown")
    last = last[checked].set_index("person_id")
    by_code = pd.Series(pd.MultiIndex.from_frame(last[["ppd_first", "place"]]).isin(KEPT), last.index)
    at_residence = last["usual_residence_type"].map(RESIDENCE) == last["place"]
    by_residence = (last["ppd_first_is_usual_residence"] == "Y") & at_residence
    named, died_in = last["ppd_first_organisation_code"], last["pod_organisation_code"]
    elsewhere = last["ppd_first"].isin(CARE_HOMES) & named.notna() & died_in.notna() & (named != died_in)
    kept: pd.Series = (by_code | by_residence) & ~elsewhere
    return kept


def inpatient_spells(episodes: pd.DataFrame, cohort: pd.DataFrame) -> pd.DataFrame:
    """The spells of the cohort's people in their order, each with the latest discharge before it."""
    of_the_dead = episodes.loc[episodes["person_id"].isin(cohort["person_id"]), SPELL].drop_duplicates()
    episodes = in_force(episodes.merge(of_the_dead, on=SPELL), "admissions").sort_values("episode_number")
    # Not groupby().first(), which passes over what is missing.
    first = episodes.drop_duplicates(SPELL).drop(columns=["admission_date", "discharge_date"])
    dates = episodes.groupby(SPELL).agg(
        admission_date=("admission_date", "min"), discharge_date=("discharge_date", "max")
    )
    spells = first[first["patient_classification"] == "1"].join(dates, on=SPELL)
    spells = spells.merge(cohort[["person_id", "date_of_death"]], on="person_id")
    spells["transfer_in"] = spells["admission_method"].isin(TRANSFER_IN)
    spells = spells.sort_values(["person_id", "admission_date", "transfer_in", *SPELL])
    so_far = spells.groupby("person_id")["discharge_date"].cummax()
    return spells.assign(latest=so_far.groupby(spells["person_id"]).shift())


def crisis_admissions(spells: pd.DataFrame) -> pd.Series:
    """Emergency superspells that began in the last 90 days, by person."""
    admitted, latest, died = spells["admission_date"], spells["latest"], spells["date_of_death"]
    goes_on = (admitted < latest) | spells["transfer_in"] & (admitted <= latest + pd.Timedelta(days=1))
    in_time = (admitted <= died) & (admitted >= died - DAYS_90)
    return spells[~goes_on & in_time & spells["admission_method"].isin(EMERGENCY)].groupby("person_id").size()


def hospital_nights(spells: pd.DataFrame) -> pd.Series:
    """Nights of the last 90 that any spell covers, by person."""
    admitted, latest, died = spells["admission_date"], spells["latest"], spells["date_of_death"]
    first = admitted.mask(latest > admitted, latest).clip(lower=died - DAYS_90)
    nights = (spells["discharge_date"].clip(upper=died) - first).dt.days.clip(lower=0)
    return nights.groupby(spells["person_id"]).sum()


def main() -> None:
    question, answer = asked()
    cohort = linked_cohort(in_force(read(question, "deaths"), "deaths"), question.ccgs)
    kept = wish_kept(cohort, in_force(read(question, "epaccs"), "epaccs"))
    spells = inpatient_spells(read(question, "admissions"), cohort)
    who = cohort["person_id"]
    by_measure = {
        "preferred_place_achieved": who.map(kept).astype(float),
        "crisis_admissions": who.map(crisis_admissions(spells)).fillna(0),
        "days_at_home_last_90": 90 - who.map(hospital_nights(spells)).fillna(0),
    }
    cases = cohort[["ccg", "month"]].assign(**{measure: by_measure[measure] for measure in MEASURES})
    cases = cases.melt(["ccg", "month"], var_name="measure", value_name="amount")
    # A case that is not in the denominator has no amount, and is not counted.
    figures = cases.groupby(["measure", "ccg", "month"])["amount"].agg(denominator="count", numerator="sum")
    figures.reset_index()[ANSWER].to_csv(answer, index=False)


if __name__ == "__main__":
    main()
