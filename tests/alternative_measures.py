"""Every measure a second time, in boring Python: for each death who counts, who does not and why.

Written from the definitions, never from the SQL, so that the two can only agree by both being right. Slow on purpose:
nights are counted one by one, and nothing is shared that could hide a mistake.
"""

from alternative_activity import (
    answered_in_time,
    attendances_of,
    calls_of,
    is_out_of_hours,
    organisations_of,
    referrals_of,
    response_of,
    seen_within_two_hours,
    was_turned_away,
    winsorised_cost_of,
)
from alternative_relations import (
    PLACES,
    Row,
    Rows,
    amendments_of,
    cohort_of,
    crisis_admissions_of,
    days_before,
    died_soon_after_admission,
    emergency_nights_of,
    has_shared_record,
    hospital_nights_of,
    is_expected,
    is_match,
    medicines_were_ready,
    meets,
    place_of,
    plan_is_current,
    preference_of,
    register_entries_of,
)

OF_EVENTS = {"out_of_hours_crisis", "urgent_care_in_time", "rapid_response_two_hours"}

# What becomes of a case: a numerator (events, or 0 and 1) or observation; "exception" or "excluded"; None: no case.
Outcome = float | str | None


def of_the_person(measure: str, rows: Rows, death: Row) -> Outcome:
    """The outcome of a death of the cohort in a measure that counts people."""
    linked, expected, place = death["person_id"] is not None, is_expected(death), place_of(death)
    if measure == "deaths_in_usual_residence":
        if not expected:
            return None
        return "excluded" if place == "unknown" else place in {"home", "care_home"}
    if measure == "deaths_in_hospital":
        return "excluded" if place == "unknown" else place == "hospital"
    if not linked:
        return None
    if measure.startswith("bereaved"):
        return of_the_survey(measure, response_of(rows, death))
    if measure == "crisis_admissions":
        return crisis_admissions_of(rows, death)
    if measure == "crisis_admissions_three_or_more":
        return crisis_admissions_of(rows, death) >= 3
    if measure == "emergency_department_last_30_days":
        return len(attendances_of(rows, death, 30)) >= 1
    if measure == "emergency_department_three_or_more":
        return len(attendances_of(rows, death, 90)) >= 3
    if measure == "hospital_death_after_short_stay":
        return died_soon_after_admission(rows, death)
    if measure == "days_at_home_last_90":
        return 90 - hospital_nights_of(rows, death, 90)
    if measure == "time_at_home_last_six_months":
        return 100 * (1 - hospital_nights_of(rows, death, 183) / 183)
    if measure == "emergency_bed_days_last_90":
        return emergency_nights_of(rows, death)
    if measure == "organisations_involved":
        return len(organisations_of(rows, death)) or None
    if measure == "pathway_cost_last_90":
        return winsorised_cost_of(rows, death)
    preference = preference_of(rows, death)
    said = preference["ppd_first"] if preference else None
    if measure in {"preferred_place_achieved", "preferred_place_achieved_either"}:
        if preference is None or said not in PLACES:
            return None
        if place == "unknown" or said == "50":
            return "excluded"
        second = measure.endswith("either") and meets(preference["ppd_second"], place)
        return is_match(death, preference) or second
    if measure == "preference_changed":
        named = {a["ppd_first"] for a in amendments_of(rows, death) if a["ppd_first"] in PLACES}
        return len(named) > 1 if named else None
    if not expected:
        return None
    if measure == "preferred_place_recorded":
        return "exception" if said in {"unable", "not_appropriate"} else said in PLACES
    if measure == "anticipatory_medicines":
        return medicines_were_ready(rows, death) if place in {"home", "care_home"} else None
    entries = register_entries_of(rows, death, death["date_of_death"])
    if measure == "on_palliative_register":
        return bool(entries)
    if measure == "on_register_90_days":
        return any(days_before(death, e["entry_date"]) >= 90 for e in entries) if entries else None
    shared = has_shared_record(rows, death, death["date_of_death"])
    if measure == "shared_care_record":
        return shared
    if measure == "care_plan_current":
        return plan_is_current(rows, death) if shared else None
    raise ValueError(f"{measure} has no second implementation: write it here from the definition")


def of_the_survey(measure: str, response: Row | None) -> Outcome:
    if measure == "bereaved_response_rate":
        return response is not None
    if response is None:
        return None
    if measure == "bereaved_coordination":
        together, repeated = response["services_worked_together"], response["repeated_story"]
        if together is None or repeated is None:
            return None
        if together == "dont_know" or repeated == "dont_know":
            return "excluded"
        return together == "definitely" and repeated == "never"
    question, no_answer, good = {
        "bereaved_pain_relief": ("pain_relief", {"no_pain", "dont_know"}, {"completely_all", "completely_some"}),
        "bereaved_support": ("support_for_carer", {"not_wanted", "dont_know"}, {"as_much_as_wanted"}),
        "bereaved_overall": ("overall_care", {"dont_know"}, {"outstanding", "excellent", "good"}),
    }[measure]
    if response[question] is None:
        return None
    return "excluded" if response[question] in no_answer else response[question] in good


def of_the_events(measure: str, rows: Rows, death: Row) -> dict[str, Outcome]:
    """The outcome of each event of a death, by its number, in a measure that counts events."""
    if measure == "out_of_hours_crisis":
        return {n: is_out_of_hours(a["arrival_at"]) for n, a in attendances_of(rows, death, 90).items()}
    if measure == "urgent_care_in_time":
        return {
            call["contact_id"]: "exception" if call["outcome"] in {"abandoned", "declined"} else answered_in_time(call)
            for call in calls_of(rows, death)
        }
    return {
        referral: "exception" if was_turned_away(contacts) else seen_within_two_hours(contacts)
        for referral, contacts in referrals_of(rows, death).items()
    }


def cases(measure: str, rows: Rows) -> dict[tuple[str, str | None], float | str]:
    """The cases by registration_id and event: numerator or observation, or why it is not in the denominator."""
    found: dict[tuple[str, str | None], Outcome] = {}
    for death in cohort_of(rows):
        registration = death["registration_id"]
        if measure not in OF_EVENTS:
            found[registration, None] = of_the_person(measure, rows, death)
        elif death["person_id"] is not None:
            for event, outcome in of_the_events(measure, rows, death).items():
                found[registration, event] = outcome
    return {k: o if isinstance(o, str) else float(o) for k, o in found.items() if o is not None}
