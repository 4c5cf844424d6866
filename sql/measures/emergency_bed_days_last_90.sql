/* ---
id = "emergency_bed_days_last_90"
version = 1
status = "published"
title = "Days in hospital after an emergency, in the last 90"
short_title = "Emergency bed days"
promise = "Time at home"
statement = "I spend my last months where I live."
why_it_matters = """\
These are days that nobody had planned to spend on a ward. They cost the person time, and the hospital a bed."""
denominator = "Everyone who died and whose NHS number is known."
numerator = """\
The nights of the 90 before the day of death that lie within a hospital stay that began as an emergency. A \
move to another hospital carries on the same stay, the night of the move included."""
not_counted = """\
Stays that began as planned, day cases, and stays without a night. Nights from the day of death on. Deaths \
without a valid NHS number, because we cannot see what happened before them; nobody under 18, and nobody \
outside the six CCGs."""
scoring = "mean"
unit = "days"
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
body = "0da68ba8f7a1"
--- */
with stay as (
    select
        cohort.death_id,
        least(admission.discharge_date, cohort.date_of_death)
        - greatest(admission.admission_date, cohort.date_of_death - 90) as nights
    from cohort
    join hospital_admission as admission using (death_id)
    where admission.emergency
)
select
    cohort.death_id,
    true as denominator,
    coalesce(sum(stay.nights) filter (where stay.nights > 0), 0)::double as observation
from cohort
left join stay using (death_id)
where cohort.linked
group by cohort.death_id
