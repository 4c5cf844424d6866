"""A record of each feed that breaks no rule, who sends it, and which column tells its records apart.

Everything is of April 2018. The only NHS numbers are of the range that is never issued (999…).
"""


def nhs_number(n: int) -> str:
    """The n-th number of the range that is never issued: nine digits 999…, and the check digit (modulus 11)."""
    nine = 999_000_000 + n
    check = 11 - sum((10 - i) * int(digit) for i, digit in enumerate(f"{nine}")) % 11
    return f"{nine}{0 if check == 11 else check}" if check != 10 else nhs_number(n + 500_000)


# A record of each feed that breaks no rule, and the supplier who sends it.
SUPPLIER = {
    "deaths": "05W",
    "epaccs": "05W",
    "palliative_register": "05W",
    "bereavement_survey": "05W",
    "admissions": "RJE",
    "ed_attendances": "RJE",
    "community_contacts": "RLY",
    "urgent_care_contacts": "OOH",
    "ambulance_incidents": "RYA",
    "hospice_care": "HDM",
}
VALID: dict[str, dict[str, str]] = {
    "deaths": {
        "registration_id": "D1",
        "nhs_number": nhs_number(1),
        "sex": "2",
        "age_at_death": "84",
        "date_of_death": "2018-04-10",
        "date_of_registration": "2018-04-12",
        "pod_code": "H",
        "pod_nhs_establishment": "",
        "pod_establishment_type": "",
        "pod_organisation_code": "",
        "usual_residence_type": "P",
        "usual_residence_organisation_code": "",
        "underlying_cause": "C349",
        "gp_practice_code": "M83001",
        "ccg_of_registration": "05W",
        "ccg_of_residence": "05W",
        "imd_decile": "3",
        "ethnic_category": "A",
        "cancelled_flag": "N",
    },
    "epaccs": {
        "record_id": "E1",
        "nhs_number": nhs_number(2),
        "created_date": "2018-03-01",
        "amended_at": "2018-04-03T09:30",
        "consent": "given",
        "ppd_first": "21",
        "ppd_first_is_usual_residence": "Y",
        "ppd_first_organisation_code": "",
        "ppd_second": "30",
        "care_plan_date": "2018-03-02",
        "review_date": "2018-09-01",
        "anticipatory_medicines_date": "",
        "cpr_decision": "do_not_attempt",
    },
    "palliative_register": {
        "practice_code": "M83001",
        "entry_id": "P1",
        "nhs_number": nhs_number(3),
        "entry_date": "2018-01-15",
        "removal_date": "",
    },
    "bereavement_survey": {
        "response_id": "B1",
        "nhs_number": nhs_number(4),
        "response_date": "2018-04-20",
        "pain_relief": "completely_all",
        "services_worked_together": "definitely",
        "repeated_story": "never",
        "support_for_carer": "some",
        "overall_care": "good",
    },
    "admissions": {
        "provider_code": "RJE",
        "site_code": "RJE01",
        "spell_id": "S1",
        "episode_number": "1",
        "nhs_number": nhs_number(5),
        "admission_date": "2018-04-02",
        "admission_time": "14:05",
        "admission_method": "21",
        "patient_classification": "1",
        "episode_start_date": "2018-04-02",
        "episode_end_date": "2018-04-09",
        "discharge_date": "2018-04-09",
        "discharge_method": "1",
        "discharge_destination": "19",
        "treatment_function_code": "300",
        "primary_diagnosis": "J189",
        "primary_procedure": "X998",
        "cost_gbp": "1250.50",
    },
    "ed_attendances": {
        "provider_code": "RJE",
        "attendance_id": "A1",
        "nhs_number": nhs_number(6),
        "arrival_at": "2018-04-05T10:00",
        "departure_at": "2018-04-05T13:59",
        "department_type": "01",
        "attendance_category": "1",
        "arrived_by_ambulance": "Y",
        "disposal": "admitted",
        "cost_gbp": "160",
    },
    "community_contacts": {
        "provider_code": "RLY",
        "contact_id": "K1",
        "referral_id": "R1",
        "nhs_number": nhs_number(7),
        "referral_received_at": "2018-04-01T09:00",
        "referral_priority": "urgent",
        "team_type": "district_nursing",
        "contact_at": "2018-04-02T10:30",
        "contact_mode": "face_to_face",
        "outcome": "attended",
        "cost_gbp": "40.1",
    },
    "urgent_care_contacts": {
        "contact_id": "U1",
        "nhs_number": nhs_number(8),
        "call_started_at": "2018-04-07T22:15",
        "response_due_minutes": "120",
        "first_clinical_response_at": "2018-04-07T23:00",
        "outcome": "responded",
        "care_plan_viewed": "Y",
        "cost_gbp": "",
    },
    "ambulance_incidents": {
        "incident_id": "I1",
        "nhs_number": nhs_number(9),
        "call_at": "2018-04-08T01:00",
        "category": "C2",
        "on_scene_at": "2018-04-08T01:18",
        "conveyed": "Y",
        "destination_code": "RJE01",
        "cost_gbp": "230.00",
    },
    "hospice_care": {
        "provider_code": "HDM",
        "care_id": "H1",
        "nhs_number": nhs_number(10),
        "setting": "inpatient",
        "start_date": "2018-03-28",
        "end_date": "2018-04-11",
        "end_reason": "died",
        "cost_gbp": "4000",
    },
}
# The column that is counted up, so that no two records have the same key.
KEY_COLUMN = {
    "deaths": "registration_id",
    "epaccs": "record_id",
    "palliative_register": "entry_id",
    "bereavement_survey": "response_id",
    "admissions": "spell_id",
    "ed_attendances": "attendance_id",
    "community_contacts": "contact_id",
    "urgent_care_contacts": "contact_id",
    "ambulance_incidents": "incident_id",
    "hospice_care": "care_id",
}


def valid(feed: str, n: int = 1, **changes: str) -> dict[str, str]:
    """The n-th valid record of a feed, with changes."""
    key = KEY_COLUMN[feed]
    return {**VALID[feed], key: f"{VALID[feed][key][0]}{n}", **changes}


def many(feed: str, n: int, **changes: str) -> list[dict[str, str]]:
    """Valid records of a feed, each with a key of its own."""
    return [valid(feed, i, **changes) for i in range(1, n + 1)]
