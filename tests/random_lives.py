"""Random lives for the tests that compare the SQL with its second implementation: a few people, some of them twice.

The records are such as suppliers may send, and fall where a rule turns. Never random from run to run: hypothesis draws.
"""

import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from outcomes.definitions.feeds import feeds

METHODS = ["11", "21", "21", "21", "22", "2A", "2B", "2B", "2D", "28", "81", "81", "82", "31"]
FIRST_PREFERENCES = [None, "10", "20", "21", "22", "30", "40", "41", "42", "50", "undecided", "declined", "unable"]
CARE_HOMES = [None, None, "VN1", "VN2"]
PLACES = [("H", None, None), ("E", None, None), ("C", "1", "03"), ("C", "2", "4"), ("C", "1", "83"), ("C", "2", "06")]
YES_OR_NO = [None, "Y", "N"]

SECOND_PREFERENCES = [None, None, "10", "21", "22", "30", "41", "50"]
COSTS = [None, Decimal("0.00"), Decimal("10.50"), Decimal("99.99"), Decimal("1234.56"), Decimal("9999999.99")]
CLOCK = [time(0, 0), time(7, 59), time(8, 0), time(12, 30), time(17, 59), time(18, 0), time(23, 59)]
ANSWERS = {
    column.name: [None, *column.allowed, *column.allowed]
    for column in feeds()["bereavement_survey"].columns
    if column.allowed
}

# The first of four days on which everybody dies: an ordinary week, the turn of the financial year with Easter, a leap
# day, and the turn of the year with its holidays.
FIRST_DEATHS = [date(2018, 6, 30), date(2018, 6, 30), date(2018, 3, 30), date(2020, 2, 28), date(2018, 12, 30)]

# Most days fall around what a rule turns on: the day of death, the edges of the 30, 90 and 183 days, bank holidays in
# May, and each other.
days_before = st.one_of(
    st.integers(-2, 12),
    st.integers(-2, 12),
    st.sampled_from([29, 30, 31, 33, 34, 35, 54, 55, 56]),
    st.integers(86, 94),
    st.integers(179, 187),
)


def person(number: int) -> uuid.UUID:
    return uuid.UUID(int=number + 1)


@st.composite
def lives(draw: Callable[..., Any], most: int = 5) -> dict[str, list[dict[str, Any]]]:
    """The records of a few people, some registered twice, some not linked, some with records that disagree."""
    pick = lambda values: draw(st.sampled_from(values))  # noqa: E731
    rows: dict[str, list[dict[str, Any]]] = {feed: [] for feed in feeds()}
    first_death = pick(FIRST_DEATHS)
    number_of_people = draw(st.integers(1, most))
    anybody = [person(n) for n in range(number_of_people)]
    for n in range(number_of_people):
        died = first_death + timedelta(draw(st.integers(0, 3)))
        for registration in range(pick([1, 1, 1, 2])):
            pod_code, nhs, establishment = pick(PLACES)
            rows["deaths"].append(
                {
                    "registration_id": f"{pick('ABC')}{n}{registration}",
                    "person_id": pick([person(n)] * 6 + [None]),
                    "sex": "2",
                    "age_at_death": pick([17, 18, 80, 80, 80]),
                    "date_of_death": died,
                    "date_of_registration": died + timedelta(draw(st.integers(0, 1))),
                    "pod_code": pod_code,
                    "pod_nhs_establishment": nhs,
                    "pod_establishment_type": establishment,
                    "pod_organisation_code": pick(CARE_HOMES),
                    "usual_residence_type": pick("PCO"),
                    "underlying_cause": pick(["C349", "F03", "V010", "V00", "Y98", "Y990", "U509", "U508", "J449"]),
                    "ccg_of_registration": pick(["05W", "05W", "05D", "99X", None]),
                    "ccg_of_residence": pick(["05W", "05G", "99X", None]),
                    "cancelled_flag": pick("NNNNY"),
                }
            )
        discharged = died
        for stay in range(draw(st.integers(0, 5))):
            # Half the stays begin around the end of the one before, where moves and returns are told apart.
            soon = discharged + timedelta(pick([-1, 0, 0, 1, 1, 2]))
            admitted = pick([soon, died - timedelta(draw(days_before))])
            discharged = admitted + timedelta(draw(st.integers(0, 5)))
            spell = {"provider_code": pick(["RJE", "RRE", "RL4"]), "spell_id": f"{pick('ABC')}{n}{stay}"}
            for episode in range(1, 1 + pick([1, 1, 2])):
                rows["admissions"].append(
                    {
                        **spell,
                        "episode_number": episode,
                        "person_id": pick([person(n)] * 8 + [None, None, *anybody]),
                        "admission_date": admitted
                        + timedelta(pick([0, 0, 0, 0, min(1, (discharged - admitted).days)])),
                        "discharge_date": discharged + timedelta(pick([0, 0, 0, 0, 1])),
                        "admission_method": pick(METHODS),
                        "patient_classification": pick("1111112"),
                        "episode_end_date": discharged,
                        "cost_gbp": pick(COSTS),
                    }
                )
        for amendment in range(draw(st.integers(0, 3))):
            day = died - timedelta(draw(days_before))
            rows["epaccs"].append(
                {
                    "record_id": f"{pick('ABC')}{n}{amendment}",
                    "person_id": person(n),
                    "amended_at": datetime.combine(day, time(pick([0, 12, 23]), pick([0, 59]))),
                    "consent": pick(["given", "given", "best_interests", "withdrawn"]),
                    "ppd_first": pick(FIRST_PREFERENCES),
                    "ppd_first_is_usual_residence": pick(YES_OR_NO),
                    "ppd_first_organisation_code": pick(CARE_HOMES),
                    "ppd_second": pick(SECOND_PREFERENCES),
                    "care_plan_date": pick([None, day, died - timedelta(200), died, died + timedelta(1)]),
                    "anticipatory_medicines_date": pick([None, None, day, died, died + timedelta(1)]),
                }
            )
        for entry in range(draw(st.integers(0, 2))):
            entered = died - timedelta(draw(days_before))
            removed = max(entered, pick([date.max, date.max, entered, died - timedelta(1), died, died + timedelta(1)]))
            rows["palliative_register"].append(
                {
                    "practice_code": "M83001",
                    "entry_id": f"{n}{entry}",
                    "person_id": person(n),
                    "entry_date": entered,
                    "removal_date": None if removed == date.max else removed,
                }
            )
        add_activity(draw, rows, n, died)
    return rows


def add_activity(draw: Callable[..., Any], rows: dict[str, list[dict[str, Any]]], n: int, died: date) -> None:
    """What the emergency departments, the community teams, 111, the ambulances, the hospices and the survey hold."""
    pick = lambda values: draw(st.sampled_from(values))  # noqa: E731
    moment = lambda: datetime.combine(died - timedelta(draw(days_before)), pick(CLOCK))  # noqa: E731
    who = lambda: pick([person(n)] * 8 + [None, person(0)])  # noqa: E731
    for number in range(draw(st.integers(0, 4))):
        rows["ed_attendances"].append(
            {
                "provider_code": pick(["RJE", "RJF", "RTG", "RRE"]),
                "attendance_id": f"{n}{number}",
                "person_id": who(),
                "arrival_at": moment(),
                "department_type": pick(["01", "01", "02", "03", "04", "05"]),
                "attendance_category": pick("111234"),
                "cost_gbp": pick(COSTS),
            }
        )
    for number in range(draw(st.integers(0, 4))):
        contact = moment()
        rows["community_contacts"].append(
            {
                "provider_code": pick(["RRE", "R1E", "RLY"]),
                "contact_id": f"{n}{number}",
                "referral_id": pick("AAB"),
                "person_id": who(),
                "referral_received_at": contact - timedelta(minutes=pick([-30, 0, 119, 120, 121, 1500])),
                "referral_priority": pick(["rapid_response"] * 4 + ["routine", "urgent"]),
                "contact_at": contact,
                "contact_mode": pick(["face_to_face"] * 3 + ["telephone"]),
                "outcome": pick(["attended", "attended", "declined", "died_before_contact", "cancelled", "no_access"]),
                "cost_gbp": pick(COSTS),
            }
        )
    for number in range(draw(st.integers(0, 3))):
        called, due = moment(), pick([None, 20, 60, 120, 360, 1440])
        minutes = pick([None, -30, 0, 20, 21, 60, due or 5, (due or 5) + 1])
        rows["urgent_care_contacts"].append(
            {
                "contact_id": f"{n}{number}",
                "person_id": who(),
                "call_started_at": called,
                "response_due_minutes": due,
                "first_clinical_response_at": None if minutes is None else called + timedelta(minutes=minutes),
                "outcome": pick(["responded"] * 3 + ["abandoned", "declined", "no_response_needed"]),
                "cost_gbp": pick(COSTS),
                "supplier": "OOH",
            }
        )
    for number in range(draw(st.integers(0, 1))):
        incident = {"incident_id": f"{n}{number}", "person_id": who(), "call_at": moment(), "supplier": "RYA"}
        rows["ambulance_incidents"].append({**incident, "cost_gbp": pick(COSTS)})
    for number in range(draw(st.integers(0, 2))):
        end, setting = moment().date(), pick(["inpatient", "inpatient", "at_home", "outpatient"])
        rows["hospice_care"].append(
            {
                "provider_code": pick(["HDM", "HCC"]),
                "care_id": f"{n}{number}",
                "person_id": who(),
                "setting": setting,
                "start_date": end - timedelta(pick([0, 1, 100]) if setting == "inpatient" else 0),
                "end_date": end,
                "cost_gbp": pick(COSTS),
            }
        )
    for number in range(draw(st.integers(0, 2))):
        rows["bereavement_survey"].append(
            {
                "response_id": f"{pick('ABC')}{n}{number}",
                "person_id": person(n),
                "response_date": died + timedelta(pick([100, 100, 101])),
                **{question: pick(answers) for question, answers in ANSWERS.items()},
            }
        )
