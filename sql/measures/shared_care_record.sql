/* ---
id = "shared_care_record"
version = 1
status = "published"
title = "A shared care record was in place"
short_title = "Shared record in place"
promise = "Recognised and planned"
statement = "My team knows, and has a plan with me."
why_it_matters = """\
At two in the morning the ambulance crew and the doctor on call see only what is shared. A record lets them act \
on what the person wants."""
denominator = """\
People whose death could be expected (not an accident or other outside cause) and whose NHS number is known."""
numerator = "Those who had a shared record (EPaCCS) on the day they died and still agreed to share it."
not_counted = """\
A record does not count if the last entry says that the person no longer agreed, nor if it was first entered \
after the day of death. Deaths from an outside cause. Deaths without a valid NHS number, because we cannot see \
what happened before them; nobody under 18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "month"
feeds = ["deaths", "epaccs"]
owner = "General practice lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "151f475f8344"
--- */
select
    cohort.death_id,
    true as denominator,
    cohort.death_id in (select death_id from shared_record_in_force) as numerator
from cohort
where cohort.linked and cohort.expected
