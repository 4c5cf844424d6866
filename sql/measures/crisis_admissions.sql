/* ---
id = "crisis_admissions"
version = 1
status = "published"
title = "Emergency admissions in the last 90 days"
short_title = "Emergency admissions"
promise = "Crisis"
statement = "I am not sent back and forth to hospital in a crisis."
why_it_matters = """\
An emergency admission near the end of life is often a sign that help at home came too late. Some are right and \
needed, so the aim is fewer, not none."""
denominator = "Everyone who died and whose NHS number is known."
numerator = """\
How often they were admitted to hospital as an emergency in their last 90 days, the day of death included."""
not_counted = """\
Planned admissions, day cases, and moves from one hospital to another: a move carries on the same stay. Deaths \
without a valid NHS number, because we cannot see what happened before them; nobody under 18, and nobody outside \
the six CCGs. Going home and coming back on the same day is two admissions."""
scoring = "rate"
unit = "admissions per death"
direction = "lower_is_better"
linked = true
ccg_grain = "month"
feeds = ["admissions", "deaths"]
owner = "Clinical lead for urgent and emergency care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "81885b939c65"
--- */
select
    cohort.death_id,
    true as denominator,
    count(admission.death_id) as numerator
from cohort
left join hospital_admission as admission
    on admission.death_id = cohort.death_id
    and admission.emergency
    and admission.days_before_death <= 90
where cohort.linked
group by cohort.death_id
