/* ---
id = "out_of_hours_crisis"
version = 1
status = "published"
title = "Crises that came when most services were closed"
short_title = "Out-of-hours crises"
promise = "Crisis"
statement = "I am not sent back and forth to hospital in a crisis."
why_it_matters = "If most people come at night or at the weekend, it is likely that they found no other help then."
denominator = """\
Every unplanned visit to an emergency department in the last 90 days of a person who died and whose NHS number \
is known, the day of death included."""
numerator = """\
Those that began on a Saturday, a Sunday or a bank holiday in England; on another day, those before 8 in the \
morning or from 6 in the evening. At 8:00 the day has begun; at 18:00 it is over."""
not_counted = """\
This counts visits, not people: somebody who came twice counts twice. Planned follow-up visits, and walk-in or \
other units that are no emergency department. A visit belongs to the month of the death. Deaths without a \
valid NHS number, because we cannot see what happened before them; nobody under 18, and nobody outside the six \
CCGs."""
scoring = "proportion"
unit = "percent"
direction = "lower_is_better"
linked = true
ccg_grain = "month"
feeds = ["deaths", "ed_attendances"]
owner = "Clinical lead for urgent and emergency care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "5ec5407be0a3"
--- */
select
    death_id,
    attendance as event_id,
    true as denominator,
    isodow(arrival_at) in (6, 7)
    or arrival_at::date in (select day from bank_holiday)
    or hour(arrival_at) not between 8 and 17 as numerator
from unplanned_attendance
where days_before_death <= 90
