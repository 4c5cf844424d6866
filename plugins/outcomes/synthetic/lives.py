"""A month of deaths told in all ten feeds: the same people everywhere.

Owns the order in which a life is told: first when the person was in hospital, then everything that must fit around
it. Promises that every record lies within MONTHS_AROUND months of the death. Never writes a file.
"""

import numpy as np

from outcomes.periods import Month
from outcomes.synthetic import bereavement, emergency_department, hospital, outside_hospital, planning, registration
from outcomes.synthetic.draws import Array, stream
from outcomes.synthetic.people import People, people_who_die
from outcomes.synthetic.records import Records

MONTHS_AROUND = 13


def lives_that_end(seed: int, month: Month, scale: float) -> list[Records]:
    """Every record, before and after, about the people who die in a month."""
    people = people_who_die(seed, month, scale)
    stays = hospital.stays(stream(seed, month, "stays"), people)
    episodes, began = hospital.admissions(stream(seed, month, "admissions"), people, stays)
    attendances, carried = emergency_department.attendances(stream(seed, month, "attendances"), people, stays, began)
    hospice = outside_hospital.hospices(stream(seed, month, "hospices"), people, stays)
    died_in = _died_in(people, episodes, hospice)
    return [
        registration.deaths(stream(seed, month, "deaths"), people, died_in),
        planning.shared_records(stream(seed, month, "shared records"), people),
        planning.register_entries(stream(seed, month, "register"), people),
        bereavement.survey(stream(seed, month, "survey"), people),
        episodes,
        attendances,
        outside_hospital.community(stream(seed, month, "community"), people, stays),
        outside_hospital.urgent_care(stream(seed, month, "urgent care"), people, stays),
        outside_hospital.ambulances(stream(seed, month, "ambulances"), people, stays, carried),
        hospice,
    ]


def _died_in(people: People, episodes: Records, hospice: Records) -> Array:
    """The trust or hospice in which each person died; empty where it was neither, or its record has no NHS number."""
    died_in = np.full(len(people), "", dtype="U3")
    order = np.argsort(people.nhs_number)
    for records, ended in (
        (episodes, episodes.columns["discharge_method"] == "4"),
        (hospice, hospice.columns["end_reason"] == "died"),
    ):
        ended &= records.columns["nhs_number"] >= 0
        numbers = records.columns["nhs_number"][ended]
        who = order[np.searchsorted(people.nhs_number, numbers, sorter=order)]
        died_in[who] = records.columns["provider_code"][ended]
    return died_in
