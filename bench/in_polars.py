"""The three measures in polars, straight from the lake: the whole specification, as one lazy query.

    python bench/in_polars.py QUESTION ANSWER       as three_measures tells

Promises the figures of the product, worked out independently of its SQL. Held against it by `make bench`.
"""

import polars as pl
from polars import col
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

DAYS_90 = pl.duration(days=90)


def read(asked: Asked, feed: str) -> pl.LazyFrame:
    """The columns needed."""
    return pl.scan_parquet(asked.paths(feed)).select(*COLUMNS[feed], *NEWEST)


def in_force(records: pl.LazyFrame, feed: str) -> pl.LazyFrame:
    """One record for each key, the newest."""
    newest_first = records.sort(NEWEST, descending=True)
    return newest_first.unique(KEYS[feed], keep="first", maintain_order=True).drop(NEWEST)


def linked_cohort(deaths: pl.LazyFrame, ccgs: list[str]) -> pl.LazyFrame:
    """The linked deaths that count, with CCG, month and place."""
    establishment = col("pod_nhs_establishment").fill_null("") + col("pod_establishment_type").str.zfill(2)
    registered, lived = col("ccg_of_registration"), col("ccg_of_residence")
    return (
        deaths.filter(col("cancelled_flag") != "Y", col("person_id").is_not_null())
        .sort("date_of_registration", "registration_id")
        .unique("person_id", keep="first", maintain_order=True)
        .with_columns(
            ccg=pl.when(registered.is_in(ccgs)).then(registered).when(lived.is_in(ccgs)).then(lived),
            month=col("date_of_death").dt.strftime("%Y-%m"),
            place=pl.when(col("pod_code") == "H")
            .then(pl.lit("home"))
            .when(col("pod_code") == "E")
            .then(pl.lit("elsewhere"))
            .otherwise(establishment.replace_strict(PLACE, default="unknown").fill_null("unknown")),
        )
        .filter(col("age_at_death") >= 18, col("ccg").is_not_null())
    )


def wish_kept(cohort: pl.LazyFrame, amendments: pl.LazyFrame) -> pl.LazyFrame:
    """For each person whose last word named a place that can be checked: whether that is where they died."""
    wish, place = col("ppd_first"), col("place")
    by_code = pl.any_horizontal((wish == code) & (place == where) for code, where in KEPT)
    at_residence = col("usual_residence_type").replace_strict(RESIDENCE, default=None) == place
    by_residence = ((col("ppd_first_is_usual_residence") == "Y") & at_residence).fill_null(False)
    differ = (col("ppd_first_organisation_code") != col("pod_organisation_code")).fill_null(False)
    return (
        amendments.filter(wish.is_not_null())
        .join(cohort, on="person_id")
        .filter(col("amended_at").dt.date() <= col("date_of_death"))
        .sort("amended_at", "record_id")
        .unique("person_id", keep="last", maintain_order=True)
        .filter(wish.is_in(LOCATIONS), wish != "50", place != "unknown")
        .select("person_id", preferred_place_achieved=(by_code | by_residence) & ~(wish.is_in(CARE_HOMES) & differ))
    )


def inpatient_spells(episodes: pl.LazyFrame, cohort: pl.LazyFrame) -> pl.LazyFrame:
    """The spells of the cohort's people in their order, each with the latest discharge before it."""
    of_the_dead = episodes.join(cohort, on="person_id", how="semi").select(SPELL).unique()
    return (
        in_force(episodes.join(of_the_dead, on=SPELL, how="semi"), "admissions")
        .group_by(SPELL)
        .agg(
            col("admission_date").min(),
            col("discharge_date").max(),
            col("person_id", "admission_method", "patient_classification").sort_by("episode_number").first(),
        )
        .filter(col("patient_classification") == "1")
        .join(cohort.select("person_id", "date_of_death"), on="person_id")
        .with_columns(transfer_in=col("admission_method").is_in(TRANSFER_IN))
        .sort("person_id", "admission_date", "transfer_in", *SPELL)
        .with_columns(latest=col("discharge_date").cum_max().shift().over("person_id"))
    )


def before_death(spells: pl.LazyFrame) -> pl.LazyFrame:
    """By person: the emergency superspells that began in the last 90 days, and the nights of them that a spell covers."""
    admitted, latest, died = col("admission_date"), col("latest"), col("date_of_death")
    goes_on = (admitted < latest) | (col("transfer_in") & (admitted <= latest + pl.duration(days=1)))
    crisis = ~goes_on.fill_null(False) & col("admission_method").is_in(EMERGENCY)
    first = pl.max_horizontal(admitted, latest, died - DAYS_90)
    nights = (pl.min_horizontal(col("discharge_date"), died) - first).dt.total_days().clip(lower_bound=0)
    return spells.group_by("person_id").agg(
        crisis_admissions=(crisis & admitted.is_between(died - DAYS_90, died)).sum(), nights=nights.sum()
    )


def main() -> None:
    question, answer = asked()
    cohort = linked_cohort(in_force(read(question, "deaths"), "deaths"), question.ccgs)
    kept = wish_kept(cohort, in_force(read(question, "epaccs"), "epaccs"))
    spells = inpatient_spells(read(question, "admissions"), cohort)
    cases = (
        cohort.join(kept, on="person_id", how="left")
        .join(before_death(spells), on="person_id", how="left")
        .with_columns(col("crisis_admissions").fill_null(0), days_at_home_last_90=90 - col("nights").fill_null(0))
        .select("ccg", "month", col(MEASURES).cast(pl.Float64))
        .unpivot(index=["ccg", "month"], variable_name="measure", value_name="amount")
    )
    # A case that is not in the denominator has no amount, and is not counted.
    amount = col("amount")
    figures = cases.group_by("measure", "ccg", "month").agg(denominator=amount.count(), numerator=amount.sum())
    figures.select(ANSWER).collect().write_csv(answer)


if __name__ == "__main__":
    main()
