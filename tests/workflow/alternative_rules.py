"""The rules between the columns of a record, and whether it belongs into its file, once more in boring Python.

Written from the definitions of the feeds, never from the product's contracts. What each column must be is told in
`alternative_columns`.
"""

from datetime import date, datetime, timedelta

from alternative_columns import Record

# The day or time by which a record belongs to its month.
DATED = {
    "deaths": "date_of_registration",
    "epaccs": "amended_at",
    "bereavement_survey": "response_date",
    "admissions": "discharge_date",
    "ed_attendances": "arrival_at",
    "community_contacts": "contact_at",
    "urgent_care_contacts": "call_started_at",
    "ambulance_incidents": "call_at",
    "hospice_care": "end_date",
}
TOOK_OVER = {"RTG": "RJF", "RRE": "R1E"}
LAST_DAYS = {"RJF": date(2018, 6, 30), "R1E": date(2018, 5, 31)}


def fits(feed: str, supplier: str, period: str, r: Record) -> bool:
    """Whether the columns of a record keep the rules between them, and the record belongs into this file."""
    if feed == "palliative_register":
        removed = r["removal_date"] or r["entry_date"]
        return r["entry_date"] <= removed and f"{max(r['entry_date'], removed):%Y-%m}" <= period
    if f"{r[DATED[feed]]:%Y-%m}" != period:
        return False
    if "provider_code" in r:
        provider, on = r["provider_code"], r[DATED[feed]]
        on = on.date() if isinstance(on, datetime) else on
        if provider not in {supplier, TOOK_OVER.get(supplier)} or on > LAST_DAYS.get(provider, date.max):
            return False
    if feed == "deaths":
        known = r["pod_nhs_establishment"] is not None and r["pod_establishment_type"] is not None
        return (known or r["pod_code"] != "C") and r["date_of_death"] <= r["date_of_registration"]
    if feed == "epaccs":
        return bool(r["created_date"] <= r["amended_at"].date())
    if feed == "admissions":
        return bool(r["admission_date"] <= r["episode_start_date"] <= r["episode_end_date"] <= r["discharge_date"])
    if feed == "ed_attendances":
        return follows(r["departure_at"], r["arrival_at"])
    if feed == "community_contacts":
        return follows(r["contact_at"], r["referral_received_at"])
    if feed == "urgent_care_contacts":
        return follows(r["first_clinical_response_at"], r["call_started_at"])
    if feed == "ambulance_incidents":
        taken = r["conveyed"] == "N" or r["destination_code"] is not None
        return taken and follows(r["on_scene_at"], r["call_at"])
    if feed == "hospice_care":
        a_contact = r["start_date"] == r["end_date"] and r["end_reason"] == "contact"
        return bool(r["start_date"] <= r["end_date"]) and (r["setting"] == "inpatient" or a_contact)
    return True


def follows(later: datetime | None, earlier: datetime) -> bool:
    """Clocks differ: less than an hour the wrong way round is only a warning."""
    return later is None or earlier - later < timedelta(minutes=60)
