"""Records that somebody makes up about a person who died, as a supplier would send them: usual but for what is said."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from alternative_columns import is_nhs_number
from alternative_rules import LAST_DAYS
from damaged_extracts import MONTHS, Extracts, Row

_numbers = count()


@dataclass(frozen=True)
class Person:
    """Somebody who died."""

    number: str
    died: date
    ccg: str

    def on(self, before: int) -> str:
        """So many days before the death."""
        return str(self.died - timedelta(before))

    def at(self, before: int, clock: str = "12:00") -> str:
        return f"{self.on(before)}T{clock}"


@dataclass(frozen=True)
class Sent:
    """A record and into which file it goes."""

    feed: str
    supplier: str
    period: str
    row: Row


def the_dead(extracts: Extracts) -> Iterator[Person]:
    """Those with a right number whom a CCG registered, by CCG and month."""
    for ccg in ("04Y", "05D", "05G", "05Q", "05V", "05W"):
        for month in MONTHS:
            for row in extracts.rows("deaths", ccg, month):
                if is_nhs_number(row["nhs_number"]):
                    yield Person(row["nhs_number"], date.fromisoformat(row["date_of_death"]), ccg)


def new() -> str:
    return f"X{next(_numbers)}"


def community_provider(moment: str) -> str:
    """The community services of the time, before and after the take-over; RRE sends for both."""
    return "R1E" if moment[:10] <= str(LAST_DAYS["R1E"]) else "RRE"


def stay(p: Person, came: int, left: int, supplier: str = "RJE", **fields: str) -> Sent:
    """A spell of one episode, admitted and discharged so many days before the death."""
    row = {
        "provider_code": supplier,
        "site_code": "",
        "spell_id": new(),
        "episode_number": "1",
        "nhs_number": p.number,
        "admission_date": p.on(came),
        "admission_time": "",
        "admission_method": "21",
        "patient_classification": "1",
        "episode_start_date": p.on(came),
        "episode_end_date": p.on(left),
        "discharge_date": p.on(left),
        "discharge_method": "1",
        "discharge_destination": "",
        "treatment_function_code": "300",
        "primary_diagnosis": "",
        "primary_procedure": "",
        "cost_gbp": "1000.00",
        **fields,
    }
    return Sent("admissions", supplier, row["discharge_date"][:7], row)


def visit(p: Person, arrival: str, supplier: str = "RJE", **fields: str) -> Sent:
    """To an emergency department, unplanned."""
    row = {
        "provider_code": supplier,
        "attendance_id": new(),
        "nhs_number": p.number,
        "arrival_at": arrival,
        "departure_at": "",
        "department_type": "01",
        "attendance_category": "1",
        "arrived_by_ambulance": "N",
        "disposal": "discharged",
        "cost_gbp": "200.00",
        **fields,
    }
    return Sent("ed_attendances", supplier, row["arrival_at"][:7], row)


def contact(p: Person, received: str, seen: str, supplier: str = "RRE", **fields: str) -> Sent:
    """Of a rapid response team, face to face."""
    row = {
        "provider_code": community_provider(seen) if supplier == "RRE" else supplier,
        "contact_id": new(),
        "referral_id": new(),
        "nhs_number": p.number,
        "referral_received_at": received,
        "referral_priority": "rapid_response",
        "team_type": "rapid_response",
        "contact_at": seen,
        "contact_mode": "face_to_face",
        "outcome": "attended",
        "cost_gbp": "60.00",
        **fields,
    }
    return Sent("community_contacts", supplier, row["contact_at"][:7], row)


def call(p: Person, started: str, answered: str = "", **fields: str) -> Sent:
    """To 111, with an hour to answer it."""
    row = {
        "contact_id": new(),
        "nhs_number": p.number,
        "call_started_at": started,
        "response_due_minutes": "60",
        "first_clinical_response_at": answered,
        "outcome": "responded",
        "care_plan_viewed": "N",
        "cost_gbp": "40.00",
        **fields,
    }
    return Sent("urgent_care_contacts", "OOH", row["call_started_at"][:7], row)


def incident(p: Person, called: str, **fields: str) -> Sent:
    row = {
        "incident_id": new(),
        "nhs_number": p.number,
        "call_at": called,
        "category": "C2",
        "on_scene_at": "",
        "conveyed": "N",
        "destination_code": "",
        "cost_gbp": "150.00",
        **fields,
    }
    return Sent("ambulance_incidents", "RYA", row["call_at"][:7], row)


def hospice(p: Person, began: int, ended: int, supplier: str = "HSG", **fields: str) -> Sent:
    """A stay in a hospice, or a contact where the fields say so."""
    row = {
        "provider_code": supplier,
        "care_id": new(),
        "nhs_number": p.number,
        "setting": "inpatient",
        "start_date": p.on(began),
        "end_date": p.on(ended),
        "end_reason": "discharged",
        "cost_gbp": "900.00",
        **fields,
    }
    return Sent("hospice_care", supplier, row["end_date"][:7], row)


def amendment(p: Person, amended: str, record: str, **fields: str) -> Sent:
    row = {
        "record_id": record,
        "nhs_number": p.number,
        "created_date": amended[:10],
        "amended_at": amended,
        "consent": "given",
        "ppd_first": "",
        "ppd_first_is_usual_residence": "",
        "ppd_first_organisation_code": "",
        "ppd_second": "",
        "care_plan_date": "",
        "review_date": "",
        "anticipatory_medicines_date": "",
        "cpr_decision": "",
        **fields,
    }
    return Sent("epaccs", p.ccg, amended[:7], row)


def entry(p: Person, entered: int, removed: int | None = None) -> Sent:
    """On the register; the last snapshot that shows it is that of its removal, or of the month of death."""
    row = {
        "practice_code": "X01001",
        "entry_id": new(),
        "nhs_number": p.number,
        "entry_date": p.on(entered),
        "removal_date": "" if removed is None else p.on(removed),
    }
    return Sent("palliative_register", p.ccg, p.on(removed or 0)[:7], row)


def response(p: Person, answered: int, identifier: str, **answers: str) -> Sent:
    """Of the bereaved, so many days after the death."""
    row = {
        "response_id": identifier,
        "nhs_number": p.number,
        "response_date": p.on(-answered),
        "pain_relief": "",
        "services_worked_together": "",
        "repeated_story": "",
        "support_for_carer": "",
        "overall_care": "",
        **answers,
    }
    return Sent("bereavement_survey", p.ccg, row["response_date"][:7], row)
