/* ---
id = "emergency_department_last_30_days"
version = 1
status = "published"
title = "Came to an emergency department in the last 30 days"
short_title = "A&E in last 30 days"
promise = "Crisis"
statement = "I am not sent back and forth to hospital in a crisis."
why_it_matters = """\
A trip to an emergency department in the last month is tiring and often frightening. Many could be spared it \
with help at home."""
denominator = "Everyone who died and whose NHS number is known."
numerator = """\
Those who came to an emergency department without a plan at least once in their last 30 days, the day of death \
included."""
not_counted = """\
Planned follow-up visits, and walk-in or other units that are no emergency department. Coming more than once \
counts as one person. Deaths without a valid NHS number, because we cannot see what happened before them; \
nobody under 18, and nobody outside the six CCGs."""
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
body = "cae61e03732f"
--- */
select
    cohort.death_id,
    true as denominator,
    cohort.death_id in (
        select death_id from unplanned_attendance where days_before_death <= 30
    ) as numerator
from cohort
where cohort.linked
