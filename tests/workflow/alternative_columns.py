"""The rules of every feed once more, column by column, in boring Python: which records of a file are accepted.

Written from the definitions of the feeds, never from the product's contracts. A record that keeps the rules comes back
with its types, and with the person (told apart by a made-up NHS number) where the number is right.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Record = dict[str, Any]
Reading = Callable[[str], Any]


def shape(pattern: str) -> Reading:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return read


def one_of(codes: str) -> Reading:
    allowed = set(codes.split())

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError
        return text

    return read


def whole(codes: str) -> Reading:
    allowed = {int(code) for code in codes.split()}

    def read(text: str) -> int:
        if not re.fullmatch("-?[0-9]+", text) or int(text) not in allowed:
            raise ValueError
        return int(text)

    return read


def between(least: int, most: int) -> str:
    return " ".join(str(n) for n in range(least, most + 1))


def day(text: str) -> date:
    return date.fromisoformat(shape("[0-9]{4}-[0-9]{2}-[0-9]{2}")(text))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(shape("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")(text))


def pounds(text: str) -> Decimal:
    amount = Decimal(shape(r"-?[0-9]+(\.[0-9]{1,2})?")(text))
    if not 0 <= amount <= Decimal("9999999.99"):
        raise ValueError
    return amount


anything = shape(".*")
practice = shape("[A-Z][0-9]{5}")
icd10 = shape("[A-Z][0-9]{2}[0-9A-Z]?")
clock = shape("([01][0-9]|2[0-3]):[0-5][0-9]")
yes_or_no = one_of("Y N")
establishment = shape("0?[1-9]|[1-7][0-9]|8[0-3]|99")
LOCATIONS = "10 20 21 22 30 40 41 42 50"

# What each column must be; "!" where it must be there.
COLUMNS: dict[str, dict[str, Reading]] = {
    "deaths": {
        "registration_id!": anything,
        "nhs_number": anything,
        "sex!": one_of("1 2 9"),
        "age_at_death!": whole(between(0, 120)),
        "date_of_death!": day,
        "date_of_registration!": day,
        "pod_code!": one_of("H E C"),
        "pod_nhs_establishment": one_of("1 2"),
        "pod_establishment_type": establishment,
        "pod_organisation_code": anything,
        "usual_residence_type!": one_of("P C O"),
        "usual_residence_organisation_code": anything,
        "underlying_cause!": icd10,
        "gp_practice_code": practice,
        "ccg_of_registration": anything,
        "ccg_of_residence": anything,
        "imd_decile": whole(between(1, 10)),
        "ethnic_category": one_of("A B C D E F G H J K L M N P R S Z"),
        "cancelled_flag!": yes_or_no,
    },
    "epaccs": {
        "record_id!": anything,
        "nhs_number!": anything,
        "created_date!": day,
        "amended_at!": moment,
        "consent!": one_of("given best_interests attorney withdrawn"),
        "ppd_first": one_of(f"{LOCATIONS} undecided declined unable not_appropriate"),
        "ppd_first_is_usual_residence": yes_or_no,
        "ppd_first_organisation_code": anything,
        "ppd_second": one_of(LOCATIONS),
        "care_plan_date": day,
        "review_date": day,
        "anticipatory_medicines_date": day,
        "cpr_decision": one_of("attempt do_not_attempt"),
    },
    "palliative_register": {
        "practice_code!": practice,
        "entry_id!": anything,
        "nhs_number!": anything,
        "entry_date!": day,
        "removal_date": day,
    },
    "bereavement_survey": {
        "response_id!": anything,
        "nhs_number!": anything,
        "response_date!": day,
        "pain_relief": one_of("completely_all completely_some partially not_at_all no_pain dont_know"),
        "services_worked_together": one_of("definitely to_some_extent no dont_know"),
        "repeated_story": one_of("never sometimes often dont_know"),
        "support_for_carer": one_of("as_much_as_wanted some not_enough not_wanted dont_know"),
        "overall_care": one_of("outstanding excellent good fair poor dont_know"),
    },
    "admissions": {
        "provider_code!": anything,
        "site_code": anything,
        "spell_id!": anything,
        "episode_number!": whole(between(1, 99)),
        "nhs_number": anything,
        "admission_date!": day,
        "admission_time": clock,
        "admission_method!": one_of("11 12 13 21 22 23 24 25 28 2A 2B 2C 2D 31 32 81 82 83"),
        "patient_classification!": one_of(between(1, 5)),
        "episode_start_date!": day,
        "episode_end_date!": day,
        "discharge_date!": day,
        "discharge_method!": one_of("1 2 3 4 5 8 9"),
        "discharge_destination": one_of(f"19 29 30 37 38 {between(48, 54)} 65 66 79 84 85 87 88 98 99"),
        "treatment_function_code!": shape("[0-9]{3}"),
        "primary_diagnosis": icd10,
        "primary_procedure": anything,
        "cost_gbp": pounds,
    },
    "ed_attendances": {
        "provider_code!": anything,
        "attendance_id!": anything,
        "nhs_number": anything,
        "arrival_at!": moment,
        "departure_at": moment,
        "department_type!": one_of("01 02 03 04 05"),
        "attendance_category!": one_of("1 2 3 4"),
        "arrived_by_ambulance!": yes_or_no,
        "disposal!": one_of("admitted discharged transferred died left"),
        "cost_gbp": pounds,
    },
    "community_contacts": {
        "provider_code!": anything,
        "contact_id!": anything,
        "referral_id!": anything,
        "nhs_number": anything,
        "referral_received_at!": moment,
        "referral_priority!": one_of("routine urgent rapid_response"),
        "team_type!": one_of(
            "district_nursing specialist_palliative rapid_response hospice_at_home therapy other",
        ),
        "contact_at!": moment,
        "contact_mode!": one_of("face_to_face telephone video"),
        "outcome!": one_of("attended declined died_before_contact admitted_before_contact cancelled no_access"),
        "cost_gbp": pounds,
    },
    "urgent_care_contacts": {
        "contact_id!": anything,
        "nhs_number": anything,
        "call_started_at!": moment,
        "response_due_minutes": whole("20 60 120 360 1440"),
        "first_clinical_response_at": moment,
        "outcome!": one_of("responded abandoned declined no_response_needed"),
        "care_plan_viewed!": yes_or_no,
        "cost_gbp": pounds,
    },
    "ambulance_incidents": {
        "incident_id!": anything,
        "nhs_number": anything,
        "call_at!": moment,
        "category!": one_of("C1 C2 C3 C4 C5"),
        "on_scene_at": moment,
        "conveyed!": yes_or_no,
        "destination_code": anything,
        "cost_gbp": pounds,
    },
    "hospice_care": {
        "provider_code!": anything,
        "care_id!": anything,
        "nhs_number": anything,
        "setting!": one_of("inpatient at_home day outpatient"),
        "start_date!": day,
        "end_date!": day,
        "end_reason!": one_of("died discharged transferred contact"),
        "cost_gbp": pounds,
    },
}


def read(feed: str, row: Mapping[str, str]) -> Record | None:
    """The record with its types; None where a value is missing that must be there, or is not what it must be."""
    record: Record = {}
    try:
        for column, reading in COLUMNS[feed].items():
            name = column.removesuffix("!")
            if not row[name] and column.endswith("!"):
                return None
            record[name] = reading(row[name]) if row[name] else None
    except ValueError:
        return None
    number = record["nhs_number"]
    record["person_id"] = number if number and is_nhs_number(number) else None
    return record


def is_nhs_number(number: str) -> bool:
    if not re.fullmatch("[0-9]{10}", number) or len(set(number)) == 1:
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return {11: 0}.get(check, check) == int(number[9])
