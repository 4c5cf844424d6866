"""The measure files that ship are complete and fit the relations; a bad one is refused with a way out."""

import re
from pathlib import Path

import pytest

from lives import rows as rows_of
from lives import session
from outcomes.computing.relations import build_relations, check_measure, feeds_of, run_measure
from outcomes.definitions.measures import Measure, body_fingerprint, measures, read_measure
from outcomes.definitions.policy import policy
from outcomes.errors import SetupError

GOOD_SELECT = """
select death_id, true as denominator, place = 'home' as numerator
from cohort
"""

HEADER = """/* ---
id = "a_measure"
version = 1
status = "published"
title = "Died at home"
short_title = "Died at home"
promise = "Choice"
statement = "I can die in the place I choose."
why_it_matters = "Many people say so."
denominator = "Everybody who died."
numerator = "Those who died at home."
not_counted = "Nobody under 18."
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = false
ccg_grain = "month"
feeds = ["deaths"]
owner = "Clinical lead"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "{body}"
--- */
"""


def planted(folder: Path, select: str = GOOD_SELECT, **instead: str) -> Measure:
    """A measure file that is good but for what the test puts in; `instead` replaces whole lines of the header."""
    header = HEADER.replace("{body}", body_fingerprint(select))
    for entry, line in instead.items():
        header, changed = re.subn(rf"^{entry} = .*$", line, header, count=1, flags=re.MULTILINE)
        assert changed, f"the header has no {entry}"
    file = folder / "a_measure.sql"
    file.write_text(header + select, encoding="utf-8")
    return read_measure(file)


def death(number: int, **given: object) -> dict[str, object]:
    """A death at home of somebody without a link."""
    return {
        "registration_id": f"R{number}",
        "age_at_death": 80,
        "date_of_death": "2018-06-20",
        "date_of_registration": "2018-06-22",
        "pod_code": "H",
        "underlying_cause": "C349",
        "ccg_of_registration": "05W",
        "cancelled_flag": "N",
        **given,
    }


ADMISSIONS, ATTENDANCES, SURVEY = (
    {"admissions", "deaths"},
    {"deaths", "ed_attendances"},
    {"bereavement_survey", "deaths"},
)
RECORD, REGISTER = {"deaths", "epaccs"}, {"deaths", "palliative_register"}
ALL_CARE = (
    ADMISSIONS | ATTENDANCES | {"ambulance_incidents", "community_contacts", "hospice_care", "urgent_care_contacts"}
)

# The catalogue: what each measure rests on.
CATALOGUE = {
    "preferred_place_recorded": RECORD,
    "preferred_place_achieved": RECORD,
    "preferred_place_achieved_either": RECORD,
    "deaths_in_usual_residence": {"deaths"},
    "deaths_in_hospital": {"deaths"},
    "preference_changed": RECORD,
    "crisis_admissions": ADMISSIONS,
    "crisis_admissions_three_or_more": ADMISSIONS,
    "emergency_department_last_30_days": ATTENDANCES,
    "emergency_department_three_or_more": ATTENDANCES,
    "out_of_hours_crisis": ATTENDANCES,
    "urgent_care_in_time": RECORD | REGISTER | {"urgent_care_contacts"},
    "rapid_response_two_hours": {"community_contacts", "deaths"},
    "hospital_death_after_short_stay": ADMISSIONS,
    "days_at_home_last_90": ADMISSIONS,
    "time_at_home_last_six_months": ADMISSIONS,
    "emergency_bed_days_last_90": ADMISSIONS,
    "on_palliative_register": REGISTER,
    "on_register_90_days": REGISTER,
    "shared_care_record": RECORD,
    "care_plan_current": RECORD,
    "anticipatory_medicines": RECORD,
    "bereaved_pain_relief": SURVEY,
    "bereaved_coordination": SURVEY,
    "bereaved_support": SURVEY,
    "bereaved_response_rate": SURVEY,
    "bereaved_overall": SURVEY,
    "organisations_involved": ALL_CARE,
    "pathway_cost_last_90": ALL_CARE,
}


def test_the_catalogue_is_complete() -> None:
    assert set(measures()) == set(CATALOGUE)
    assert len(CATALOGUE) == 29


@pytest.mark.parametrize("measure", CATALOGUE)
def test_every_measure_is_there_and_rests_on_these_feeds(measure: str) -> None:
    assert measures()[measure].status == "published"
    assert feeds_of(measures()[measure]) == CATALOGUE[measure]


@pytest.mark.parametrize("measure", measures().values(), ids=measures())
def test_only_a_measure_with_a_better_side_has_a_target_or_the_cost(measure: Measure) -> None:
    has_target = measure.id in policy().targets
    assert has_target == (measure.direction != "neither" or measure.id == "pathway_cost_last_90")


@pytest.mark.parametrize("measure", measures().values(), ids=measures())
def test_a_measure_that_ships_fits_the_relations(measure: Measure) -> None:
    with session({}) as connection:
        build_relations(connection)
        check_measure(connection, measure)


@pytest.mark.parametrize("measure", measures().values(), ids=measures())
def test_what_the_public_reads_has_no_word_of_the_trade(measure: Measure) -> None:
    public = (
        measure.title,
        measure.short_title,
        measure.statement,
        measure.why_it_matters,
        measure.denominator,
        measure.numerator,
        measure.not_counted,
    )
    trade = re.compile(r"\b(denominator|numerator|cohort|superspell|spell|ICD|cod(e|es|ed)|linked|ppd|null)\b", re.I)
    assert not [text for text in public if trade.search(text)]


@pytest.mark.parametrize("measure", measures().values(), ids=measures())
def test_what_the_public_reads_comes_in_sentences_of_at_most_thirty_words(measure: Measure) -> None:
    texts = " ".join((measure.why_it_matters, measure.denominator, measure.numerator, measure.not_counted))
    assert max(len(sentence.split()) for sentence in re.split(r"[.;:]", texts)) <= 30


def test_a_good_measure_leaves_its_cases(tmp_path: Path) -> None:
    with session({"deaths": [death(1), death(2, pod_code="E")]}) as connection:
        build_relations(connection)
        run_measure(connection, planted(tmp_path))
        neither = {"event_id": None, "denominator": True, "observation": None, "left_out": None}
        assert rows_of(connection, "select * from cases_a_measure order by death_id") == [
            {"death_id": 1, "numerator": 1, **neither},
            {"death_id": 2, "numerator": 0, **neither},
        ]


def test_a_proportion_may_be_of_events(tmp_path: Path) -> None:
    select = """
    select death_id, event_id, true as denominator, event_id = 'b' as numerator
    from cohort cross join (values ('a'), ('b')) as event(event_id);  -- two events each
    """
    with session({"deaths": [death(1)]}) as connection:
        build_relations(connection)
        run_measure(connection, planted(tmp_path, select))
        found = rows_of(connection, "select event_id, numerator from cases_a_measure order by event_id")
    assert found == [{"event_id": "a", "numerator": 0}, {"event_id": "b", "numerator": 1}]


def test_a_measure_can_be_run_again(tmp_path: Path) -> None:
    with session({"deaths": [death(1)]}) as connection:
        build_relations(connection)
        for _ in range(2):
            run_measure(connection, planted(tmp_path))
        assert rows_of(connection, "select count(*) as cases from cases_a_measure") == [{"cases": 1}]


@pytest.mark.parametrize(
    ("instead", "refusal"),
    [
        ({"status": 'status = "ready"'}, "status: Input should be 'draft', 'preview', 'published' or 'retired'"),
        ({"title": 'title = "TBC"'}, "title: is empty or a placeholder"),
        ({"title": 'title = ""'}, "title: is empty or a placeholder"),
        ({"statement": 'statment = "I can die in the place I choose."'}, "statement: Field required"),
        ({"unit": 'unit = "percent"\nlicence = "none"'}, "licence: Extra inputs are not permitted"),
        ({"short_title": f'short_title = "{25 * "o"}"'}, "short_title: Value should have at most 24"),
        ({"checked_by": 'checked_by = " clinical LEAD"'}, "checked_by is its owner; another person has to check it"),
        ({"next_review": "next_review = 2026-11-01"}, "next_review is not after reviewed"),
        ({"feeds": 'feeds = ["deaths", "births"]'}, "feeds names 'births', which is no feed"),
        ({"feeds": "feeds = []"}, "feeds: Tuple should have at least 1 item"),
        ({"version": "version = 2"}, "changes has to tell of each version from 1 to 2, once"),
        ({"body": 'body = "000000000000"'}, "the SELECT changed but version is still 1: raise version"),
        ({"id": 'id = "another_measure"'}, "file name and id have to agree"),
        ({"id": "id = a_measure"}, "is not valid TOML"),
    ],
)
def test_a_bad_header_is_refused(tmp_path: Path, instead: dict[str, str], refusal: str) -> None:
    with pytest.raises(SetupError, match=re.escape(refusal)) as refused:
        planted(tmp_path, **instead)
    assert "a_measure.sql" in str(refused.value)


@pytest.mark.parametrize(
    ("select", "refusal"),
    [
        (GOOD_SELECT + "; drop table cohort", "has 2 statements: write exactly one SELECT"),
        ("create table cohort_2 as select * from cohort", "is not one plain SELECT"),
        ("delete from deaths", "is not one plain SELECT"),
        ("copy cohort to 'cohort.csv'", "is not one plain SELECT"),
        (GOOD_SELECT + "where ccg = ?", "is not one plain SELECT: write one, without parameters"),
        ("selec death_id from cohort", "is not SQL (Parser Error: syntax error"),
        (GOOD_SELECT.replace("cohort", "kohort"), "reads 'kohort', which is no feed and no relation"),
        (GOOD_SELECT.replace("place", "plaice"), 'Referenced column "plaice" not found'),
        ("select * from read_csv('/etc/passwd')", "reads something that is no relation"),
        ("select * from '/etc/passwd'", "reads '/etc/passwd', which is no feed and no relation"),
        ("select * from duckdb_settings()", "reads something that is no relation"),
        ("select * from query('select 1')", "reads something that is no relation"),
        ("select * from query_table('deaths')", "reads something that is no relation"),
        ("select * from information_schema.tables", "reads something that is no relation"),
        ("select * from main.cohort", "reads something that is no relation"),
        ("describe cohort", "reads something that is no relation"),
        ("select death_id, denominator, (select count(*) from glob('*')) from cohort", "reads something that is no"),
        ("with cohort as (select * from epaccs) select * from cohort", "the name of a table, 'cohort'"),
        ("with Deaths as (select * from epaccs) select * from deaths", "the name of a table, 'deaths'"),
        (GOOD_SELECT + "where random() < 0.5", "uses random, which differs from run to run"),
        (GOOD_SELECT + "where date_of_death < current_date", "uses current_date, which differs from run to run"),
        (GOOD_SELECT + "where date_of_death < now()::date", "uses now, which differs from run to run"),
        (GOOD_SELECT + "using sample 10", "uses a sample, which differs from run to run"),
        (GOOD_SELECT + "where getvariable('x') is null", "uses getvariable, which differs from run to run"),
        (GOOD_SELECT + "where person_id in (select person_id from epaccs)", "rests on the feed epaccs without"),
        (GOOD_SELECT + "where death_id in (from preference select death_id)", "rests on the feed epaccs without"),
        ("select death_id, true as denominator from cohort", "gives the columns death_id BIGINT, denominator BOOLEAN,"),
        (GOOD_SELECT.replace("place = 'home'", "1"), "needs death_id BIGINT, denominator BOOLEAN, numerator BOOLEAN"),
        (GOOD_SELECT.replace("select", "select ccg,"), "gives the columns ccg VARCHAR, death_id BIGINT"),
        (GOOD_SELECT.replace("death_id", "registration_id as death_id"), "gives the columns death_id VARCHAR"),
    ],
)
def test_a_bad_select_is_refused(tmp_path: Path, select: str, refusal: str) -> None:
    with session({"deaths": [death(1)]}) as connection:
        build_relations(connection)
        with pytest.raises(SetupError, match=re.escape(refusal)) as refused:
            run_measure(connection, planted(tmp_path, select))
        assert str(refused.value).startswith("The measure a_measure ")
        assert rows_of(connection, "select count(*) as deaths from cohort") == [{"deaths": 1}]


def test_a_feed_declared_needlessly_is_refused(tmp_path: Path) -> None:
    with session({}) as connection:
        build_relations(connection)
        with pytest.raises(SetupError, match="declares the feed epaccs but does not use it: take it out of feeds"):
            check_measure(connection, planted(tmp_path, feeds='feeds = ["deaths", "epaccs"]'))


@pytest.mark.parametrize(
    ("scoring", "value", "needs"),
    [
        ("rate", "place = 'home' as numerator", "numerator of whole numbers"),
        ("rate", "1.5 as numerator", "numerator of whole numbers"),
        ("mean", "1 as observation", "observation DOUBLE"),
        ("mean", "1::double as numerator", "observation DOUBLE"),
        ("rate", "'e' as event_id, 1 as numerator", "numerator of whole numbers: select exactly these"),
    ],
)
def test_columns_of_another_scoring_are_refused(tmp_path: Path, scoring: str, value: str, needs: str) -> None:
    select = f"select death_id, true as denominator, {value} from cohort"
    with session({}) as connection:
        build_relations(connection)
        with pytest.raises(SetupError, match=needs):
            check_measure(connection, planted(tmp_path, select, scoring=f'scoring = "{scoring}"'))


@pytest.mark.parametrize(
    ("scoring", "cases", "refusal"),
    [
        ("proportion", "death_id, true, true from twice", "gives a case twice"),
        ("proportion", "death_id, null::boolean, true from cohort", "leaves the denominator of a case empty"),
        ("proportion", "death_id, true, null::boolean from cohort", "leaves the numerator of a case of the denomin"),
        ("mean", "death_id, true, null::double from cohort", "leaves the observation of a case of the denominator"),
        ("rate", "death_id, true, -1 from cohort", "has a negative numerator or one that is no number"),
        ("mean", "death_id, true, -0.5::double from cohort", "has a negative observation or one that is no number"),
        ("mean", "death_id, true, 'nan'::double from cohort", "has a negative observation or one that is no number"),
        ("mean", "death_id, true, 'inf'::double from cohort", "has a negative observation or one that is no number"),
        ("proportion", "death_id + 1, true, true from cohort", "it may not: take only deaths of the cohort"),
        ("proportion", "null::bigint, true, true from cohort", "it may not: take only deaths of the cohort"),
        ("rate", "death_id, true, registration_id::integer from cohort", "fails (ConversionException)"),
    ],
)
def test_cases_that_contradict_themselves_are_refused(tmp_path: Path, scoring: str, cases: str, refusal: str) -> None:
    value = "observation" if scoring == "mean" else "numerator"
    select = f"""
    with twice as (from cohort union all from cohort),
    found(death_id, denominator, {value}) as (select {cases})
    select * from found
    """
    measure = planted(tmp_path, select, scoring=f'scoring = "{scoring}"')
    with session({"deaths": [death(1)]}) as connection:
        build_relations(connection)
        with pytest.raises(SetupError, match=re.escape(refusal)) as refused:
            run_measure(connection, measure)
        assert "R1" not in str(refused.value)
        assert not rows_of(connection, "select * from duckdb_tables() where table_name like 'case%'")


def test_an_event_that_comes_twice_is_refused(tmp_path: Path) -> None:
    select = """
    select death_id, 'an event' as event_id, true as denominator, true as numerator
    from (from cohort union all from cohort)
    """
    with session({"deaths": [death(1)]}) as connection:
        build_relations(connection)
        with pytest.raises(SetupError, match="gives a case twice"):
            run_measure(connection, planted(tmp_path, select))


def test_a_death_without_a_link_in_a_linked_measure_is_refused(tmp_path: Path) -> None:
    with session({"deaths": [death(1)]}) as connection:
        build_relations(connection)
        with pytest.raises(SetupError, match="take only linked deaths"):
            run_measure(connection, planted(tmp_path, linked="linked = true"))


def test_a_case_outside_the_denominator_needs_no_numerator(tmp_path: Path) -> None:
    select = "select death_id, false as denominator, null::boolean as numerator from cohort"
    with session({"deaths": [death(1)]}) as connection:
        build_relations(connection)
        run_measure(connection, planted(tmp_path, select))
        assert rows_of(connection, "select numerator from cases_a_measure") == [{"numerator": None}]


def test_a_case_outside_the_denominator_may_say_why(tmp_path: Path) -> None:
    select = """
    select death_id, place <> 'unknown' as denominator, place = 'home' as numerator,
        case place when 'unknown' then 'excluded: the person''s place is not known' end as left_out
    from cohort
    """
    unknown = {"pod_code": "C", "pod_nhs_establishment": "2", "pod_establishment_type": "06"}
    with session({"deaths": [death(1), death(2, **unknown)]}) as connection:
        build_relations(connection)
        run_measure(connection, planted(tmp_path, select))
        found = rows_of(connection, "select denominator, left_out from cases_a_measure order by death_id")
    assert found == [
        {"denominator": True, "left_out": None},
        {"denominator": False, "left_out": "excluded: the person's place is not known"},
    ]


@pytest.mark.parametrize(
    ("denominator", "left_out", "refusal"),
    [
        ("true", "'excluded: at home'", "leaves a case out and counts it, too"),
        ("false", "'at home'", "has a left_out that is neither an exception nor an exclusion"),
        ("false", "'excluded: '", "has a left_out that is neither an exception nor an exclusion"),
        ("false", "'excluded: ' || registration_id", "puts a left_out together from parts"),
        ("false", "1", "gives the columns death_id BIGINT, denominator BOOLEAN, numerator BOOLEAN, left_out INTEGER"),
    ],
)
def test_a_reason_that_is_none_is_refused(tmp_path: Path, denominator: str, left_out: str, refusal: str) -> None:
    select = f"select death_id, {denominator} as denominator, true as numerator, {left_out} as left_out from cohort"
    with session({"deaths": [death(1)]}) as connection:
        build_relations(connection)
        with pytest.raises(SetupError, match=re.escape(refusal)) as refused:
            run_measure(connection, planted(tmp_path, select))
        assert "R1" not in str(refused.value)


def test_an_id_that_is_no_name_is_refused(tmp_path: Path) -> None:
    measure = planted(tmp_path).model_copy(update={"id": "a; drop table cohort"})
    with session({}) as connection:
        build_relations(connection)
        with pytest.raises(SetupError, match="needs an id of small letters, digits and underscores"):
            check_measure(connection, measure)
