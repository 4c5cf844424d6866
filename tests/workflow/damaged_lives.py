"""What happens to people where a rule turns, added to the extracts: on the edge of a window, of an hour, of a take-over.

Every other person who died gets one of the stories; the rest keep what they had. Some records break a rule and are set
aside, never so many that a file is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from damaged_extracts import Extracts, Row
from damaged_records import (
    Person,
    Sent,
    amendment,
    call,
    contact,
    entry,
    hospice,
    incident,
    new,
    response,
    stay,
    the_dead,
    visit,
)

from alternative_activity import BANK_HOLIDAYS

Story = Callable[[Person], Iterator[Sent]]
A_CONTACT = {"setting": "at_home", "end_reason": "contact"}


def damage_lives(extracts: Extracts) -> None:
    """A story each for every other person, in turn; two of them together where one sends of the other."""
    people = list(the_dead(extracts))[::2]
    sent = [record for n, person in enumerate(people) for record in STORIES[n % len(STORIES)](person)]
    sent += [record for one, other in zip(people[::9], people[1::9], strict=False) for record in sent_again(one, other)]
    of_july = [person for person in people if f"{person.died:%Y-%m}" == "2018-07"]
    sent += [record for person in of_july[:5] for record in take_overs(person)]
    by_file: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for record in sent:
        by_file[record.feed, record.supplier, record.period].append(record.row)
    for file, rows in by_file.items():
        # An empty file does not say its columns, and before and after these months there is none.
        if extracts.are_there(*file):
            extracts.add(*file, *rows)


def at_the_edge(before: int, p: Person) -> Iterator[Sent]:
    """Everything so many days before the death."""
    yield visit(p, p.at(before, "23:59"))
    yield contact(p, p.at(before, "00:00"), p.at(before, "01:30"))
    yield call(p, p.at(before, "00:00"), p.at(before, "00:30"))
    yield incident(p, p.at(before, "23:59"))
    yield hospice(p, before, before, **A_CONTACT)
    yield hospice(p, before + 5, before, "HKH")
    yield stay(p, before + 4, before, "RL4")
    yield stay(p, before, before - 2, "RJE", admission_method="2A")
    yield entry(p, before)
    given = {"care_plan_date": p.on(before), "anticipatory_medicines_date": p.on(before)}
    yield amendment(p, p.at(before, "23:59"), new(), **given)


def by_the_clock(p: Person) -> Iterator[Sent]:
    for before, clock in zip(range(3, 11), ["07:59", "08:00", "17:59", "18:00"] * 2, strict=True):
        yield visit(p, p.at(before, clock))


def on_holidays(p: Person) -> Iterator[Sent]:
    for holiday in sorted(BANK_HOLIDAYS):
        if timedelta(0) <= p.died - holiday <= timedelta(90):
            yield visit(p, f"{holiday}T12:00")
            yield visit(p, f"{holiday + timedelta(1)}T12:00")


def not_all_are_crises(p: Person) -> Iterator[Sent]:
    yield visit(p, p.at(9), department_type="04")
    yield visit(p, p.at(9), department_type="05")
    yield visit(p, p.at(9), attendance_category="4")
    yield visit(p, p.at(9), department_type="03", attendance_category="3")
    yield visit(p, p.at(40), "RTG", department_type="02", attendance_category="2")
    yield visit(p, p.at(9), department_type="06")
    yield stay(p, 20, 15, patient_classification="2")
    yield stay(p, 12, 10, admission_method="12")


def planned_ahead(p: Person) -> Iterator[Sent]:
    """A plan dated after the death on the latest amendment that has one; a later one has none."""
    yield amendment(p, p.at(30), new(), care_plan_date=p.on(31))
    yield amendment(p, p.at(20), new(), care_plan_date=p.on(-1))
    yield amendment(p, p.at(10), new(), ppd_first="41", ppd_second="10")


def answered_or_not(p: Person) -> Iterator[Sent]:
    """To somebody known: they have a record."""
    yield amendment(p, p.at(60), new())
    started = p.at(10, "12:00")
    yield call(p, started, p.at(10, "12:30"), response_due_minutes="")
    for clock in ("13:00", "13:01", "11:53", "11:01", "11:00"):
        yield call(p, started, p.at(10, clock))
    yield call(p, started, p.at(10, "12:30"), outcome="abandoned")
    yield call(p, started, outcome="declined")
    yield call(p, started, outcome="responded")
    yield call(p, started, p.at(9, "12:00"), response_due_minutes="1440")
    yield call(p, started, p.at(10, "12:30"), response_due_minutes="45")


def known_for_a_while(p: Person) -> Iterator[Sent]:
    record = new()
    yield amendment(p, p.at(40, "23:00"), record, ppd_first="21")
    yield amendment(p, p.at(20), record, consent="withdrawn", ppd_first="unable")
    for before in (41, 40, 21, 20):
        yield call(p, p.at(before, "06:00"), p.at(before, "06:59"))


def on_the_register_for_a_while(p: Person) -> Iterator[Sent]:
    yield entry(p, 95, removed=30)
    yield entry(p, 89)
    for before in (95, 89, 31, 30, 29):
        yield call(p, p.at(before, "06:00"), p.at(before, "07:01"))


def removed_on_the_last_day(p: Person) -> Iterator[Sent]:
    yield entry(p, 90, removed=0)
    yield entry(p, 3, removed=1)
    yield amendment(p, p.at(91), new(), care_plan_date=p.on(91), anticipatory_medicines_date=p.on(-1), ppd_first="30")


def seen_within_the_hours(p: Person) -> Iterator[Sent]:
    one, two = new(), new()
    yield contact(p, p.at(30, "10:00"), p.at(30, "10:30"), referral_id=one, contact_mode="telephone")
    # The same referral, once under the organisation that was taken over and once under its successor.
    yield contact(p, p.at(30, "10:00"), p.at(30, "12:00"), referral_id=one, provider_code="RRE")
    yield contact(p, p.at(20, "10:00"), p.at(20, "12:01"), referral_id=two)
    yield contact(p, p.at(20, "10:00"), p.at(20, "11:00"), "RLY", referral_id=two)
    yield contact(p, p.at(18, "10:00"), p.at(18, "09:01"))
    yield contact(p, p.at(18, "10:00"), p.at(18, "09:00"))
    routine = {"referral_priority": "routine", "referral_id": one}
    yield contact(p, p.at(35, "10:00"), p.at(29, "10:00"), **routine)


def turned_away(p: Person) -> Iterator[Sent]:
    one, two, three = new(), new(), new()
    for outcome in ("declined", "cancelled", "died_before_contact"):
        yield contact(p, p.at(5, "10:00"), p.at(5, "11:00"), referral_id=one, outcome=outcome)
    for outcome in ("declined", "no_access"):
        yield contact(p, p.at(5, "10:00"), p.at(5, "11:00"), referral_id=two, outcome=outcome)
    yield contact(p, p.at(91, "10:00"), p.at(80, "10:00"), referral_id=three)
    yield contact(p, p.at(80, "09:00"), p.at(80, "10:00"), referral_id=three)
    yield contact(p, p.at(1, "10:00"), p.at(-1, "10:00"))


def many_hands(p: Person) -> Iterator[Sent]:
    """One organisation more, or none: under two names, not there, long ago, and still there after the death."""
    before_the_take_over = "RJF" if p.died - timedelta(20) <= date(2018, 6, 30) else "RTG"
    yield visit(p, p.at(20), "RTG", provider_code=before_the_take_over)
    yield stay(p, 19, 17, "RTG")
    yield contact(p, p.at(16, "10:00"), p.at(16, "11:00"), "RLY", outcome="no_access")
    yield stay(p, 14, 14, "RLY", patient_classification="2")
    yield hospice(p, 100, 91, "HKH")
    yield hospice(p, 100, 90, "HSG")
    yield hospice(p, 91, 91, "HDM", **A_CONTACT)
    yield hospice(p, 1, -3, "HCC")


def dear_and_cheap(p: Person) -> Iterator[Sent]:
    yield visit(p, p.at(30), cost_gbp="")
    yield visit(p, p.at(30), cost_gbp="12.345")
    yield visit(p, p.at(30), cost_gbp="-1.00")
    yield stay(p, 95, 30, cost_gbp="40000.5")
    yield incident(p, p.at(30), cost_gbp="9999999.99" if p.ccg == "05W" else "0")


def set_aside(p: Person) -> Iterator[Sent]:
    """What breaks a rule, and a key of which only the second record keeps them."""
    yield incident(p, p.at(7), conveyed="Y")
    yield incident(p, p.at(7), on_scene_at=p.at(7, "11:00"))
    yield incident(p, p.at(7), on_scene_at=p.at(7, "11:01"), conveyed="Y", destination_code="RJE")
    yield hospice(p, 8, 7, **A_CONTACT)
    yield visit(p, p.at(7), departure_at=p.at(7, "10:00"))
    yield visit(p, p.at(7), provider_code="RL4")
    yield replace(visit(p, p.at(7)), period=p.on(40)[:7])
    yield contact(p, p.at(7), p.at(6), team_type="podiatry")
    yield stay(p, 7, 6, admission_method="99")
    yield stay(p, 7, 6, episode_start_date=p.on(8))
    yield amendment(p, p.at(7), new(), consent="verbal", ppd_first="unable")
    yield amendment(p, p.at(7), new(), created_date=p.on(6), ppd_first="unable")
    twice = new()
    yield visit(p, p.at(7), attendance_id=twice, disposal="home")
    yield visit(p, p.at(7), attendance_id=twice, cost_gbp="7777.00")
    yield visit(p, p.at(7), attendance_id=twice, cost_gbp="8888.00")
    yield response(p, 40, new(), pain_relief="completely", overall_care="good")


def answered_twice(p: Person) -> Iterator[Sent]:
    yield response(p, 41, new(), pain_relief="completely_all", overall_care="good", support_for_carer="not_wanted")
    both = {"services_worked_together": "definitely", "repeated_story": "never", "overall_care": "fair"}
    yield response(p, 40, "Z" + new(), pain_relief="no_pain", **both)
    yield response(p, 40, "Y" + new(), pain_relief="dont_know", overall_care="dont_know", repeated_story="never")


def answered_in_full(p: Person) -> Iterator[Sent]:
    both = {"services_worked_together": "definitely", "repeated_story": "never", "overall_care": "good"}
    yield response(p, 5, new(), pain_relief="completely_some", support_for_carer="as_much_as_wanted", **both)


def sent_again(one: Person, other: Person) -> Iterator[Sent]:
    """Keys that come again in a later month, about another person: it was a mistake."""
    for key, before, make in (
        ("attendance_id", 20, lambda p, when: visit(p, when)),
        ("contact_id", 20, lambda p, when: contact(p, when, when, "RLY")),
        ("contact_id", 20, lambda p, when: call(p, when, when)),
        ("incident_id", 20, lambda p, when: incident(p, when)),
    ):
        again = new()
        for person, when in ((one, one.at(before)), (other, other.at(before))):
            record = make(person, when)
            yield replace(record, row={**record.row, key: again, "cost_gbp": "5000.00"})
    again = new()
    yield hospice(one, 30, 20, "HDM", care_id=again)
    yield hospice(other, 30, 20, "HDM", care_id=again)
    again = new()
    yield response(one, 60, again, overall_care="outstanding")
    yield replace(response(other, 60, again, overall_care="poor"), supplier=one.ccg)


def take_overs(p: Person) -> Iterator[Sent]:
    """Around the last days of those that were taken over; the codes are valid up to the last day."""
    for moment in ("2018-06-30T23:59", "2018-07-01T00:00"):
        yield visit(p, moment, "RTG", provider_code="RJF")
    for moment in ("2018-05-31T23:59", "2018-06-01T00:00"):
        yield contact(p, moment, moment, provider_code="R1E")
    yield visit(p, "2018-06-30T12:00", "RRE", provider_code="RJF")


STORIES: list[Story] = [
    *(partial(at_the_edge, before) for before in (-1, 0, 1, 2, 3, 30, 31, 90, 91, 183)),
    by_the_clock,
    on_holidays,
    not_all_are_crises,
    planned_ahead,
    answered_or_not,
    known_for_a_while,
    on_the_register_for_a_while,
    removed_on_the_last_day,
    seen_within_the_hours,
    turned_away,
    many_hands,
    dear_and_cheap,
    set_aside,
    answered_twice,
    answered_in_full,
]
