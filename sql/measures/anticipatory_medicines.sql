/* ---
id = "anticipatory_medicines"
version = 1
status = "published"
title = "Medicines for the last days were ready at home"
short_title = "Medicines ready at home"
promise = "Recognised and planned"
statement = "My team knows, and has a plan with me."
why_it_matters = """\
Pain, sickness or fear at the very end can be eased in minutes if the medicines are already in the house. \
Without them the family waits."""
denominator = """\
People whose death could be expected (not an accident or other outside cause) and whose NHS number is known, \
and who died at home or in a care home."""
numerator = """\
Those for whom the shared record notes, up to the day of death, that such medicines had been prescribed or a \
box issued by then."""
not_counted = """\
People who died in a hospital, a hospice or elsewhere. A date after the day of death. It still counts if the \
person later stopped sharing the record. Deaths from an outside cause. Deaths without a valid NHS number, \
because we cannot see what happened before them; nobody under 18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "quarter"
feeds = ["deaths", "epaccs"]
owner = "General practice lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "7ab36038835d"
--- */
select
    cohort.death_id,
    true as denominator,
    exists (
        from shared_record as record
        where record.death_id = cohort.death_id
            and record.anticipatory_medicines_date <= cohort.date_of_death
    ) as numerator
from cohort
where cohort.linked and cohort.expected and cohort.place in ('home', 'care_home')
