/* ---
id = "hospital_death_after_short_stay"
version = 1
status = "published"
title = "Died in hospital within days of an emergency admission"
short_title = "Death after short stay"
promise = "Crisis"
statement = "I am not sent back and forth to hospital in a crisis."
why_it_matters = """\
A person who is rushed to hospital and dies there within two days might have stayed where they were, with the \
right help."""
denominator = "Everyone who died and whose NHS number is known."
numerator = """\
Those who died in hospital during a stay that began as an emergency on the day of death or on one of the two \
days before."""
not_counted = """\
Stays that began as planned. A move from one hospital to another carries on the same stay, so it is the first \
admission that counts. Deaths without a valid NHS number, because we cannot see what happened before them; \
nobody under 18, and nobody outside the six CCGs."""
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
body = "08c7c8c3417b"
--- */
select
    cohort.death_id,
    true as denominator,
    cohort.place = 'hospital' and exists (
        from hospital_admission as admission
        where admission.death_id = cohort.death_id
            and admission.emergency
            and admission.days_before_death <= 2
            and admission.discharge_date >= cohort.date_of_death
    ) as numerator
from cohort
where cohort.linked
