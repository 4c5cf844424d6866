/* ---
id = "emergency_department_three_or_more"
version = 1
status = "published"
title = "Three or more visits to an emergency department in the last 90 days"
short_title = "3+ A&E visits"
promise = "Crisis"
statement = "I am not sent back and forth to hospital in a crisis."
why_it_matters = """\
Three visits in three months mean that a crisis came back again and again. A plan made after the first could \
have spared the others."""
denominator = "Everyone who died and whose NHS number is known."
numerator = """\
Those who came to an emergency department without a plan three times or more in their last 90 days, the day of \
death included."""
not_counted = """\
Planned follow-up visits, and walk-in or other units that are no emergency department. Deaths without a valid \
NHS number, because we cannot see what happened before them; nobody under 18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "lower_is_better"
linked = true
ccg_grain = "quarter"
feeds = ["deaths", "ed_attendances"]
owner = "Clinical lead for urgent and emergency care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "f3433fa861ba"
--- */
select
    cohort.death_id,
    true as denominator,
    count(attendance.death_id) >= 3 as numerator
from cohort
left join unplanned_attendance as attendance
    on attendance.death_id = cohort.death_id
    and attendance.days_before_death <= 90
where cohort.linked
group by cohort.death_id
