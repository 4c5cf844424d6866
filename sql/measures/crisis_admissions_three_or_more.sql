/* ---
id = "crisis_admissions_three_or_more"
version = 1
status = "published"
title = "Three or more emergency admissions in the last 90 days"
short_title = "3+ emergency admissions"
promise = "Crisis"
statement = "I am not sent back and forth to hospital in a crisis."
why_it_matters = """\
Going in and out of hospital three times in three months is hard on the person and the family. It tends to mean \
that nobody made a plan with them."""
denominator = "Everyone who died and whose NHS number is known."
numerator = """\
Those admitted to hospital as an emergency three times or more in their last 90 days, the day of death included."""
not_counted = """\
Planned admissions, day cases, and moves from one hospital to another: a move carries on the same stay. Deaths \
without a valid NHS number, because we cannot see what happened before them; nobody under 18, and nobody outside \
the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "lower_is_better"
linked = true
ccg_grain = "quarter"
feeds = ["admissions", "deaths"]
owner = "Clinical lead for urgent and emergency care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "83c5d8e958ff"
--- */
select
    cohort.death_id,
    true as denominator,
    count(admission.death_id) >= 3 as numerator
from cohort
left join hospital_admission as admission
    on admission.death_id = cohort.death_id
    and admission.emergency
    and admission.days_before_death <= 90
where cohort.linked
group by cohort.death_id
