/* ---
id = "on_register_90_days"
version = 1
status = "published"
title = "On the palliative care register for 90 days or more"
short_title = "On register 90+ days"
promise = "Recognised and planned"
statement = "My team knows, and has a plan with me."
why_it_matters = """\
Being put on the register in the last week helps little. Three months give time to plan, to talk and to get \
help in place."""
denominator = """\
People whose death could be expected and who were on a practice's palliative care register when they died, put \
on it at least a day before."""
numerator = "Those who had been put on it at least 90 days before the day of death."
not_counted = """\
An entry that was taken off before the day of death does not count, even if it was early. With several entries \
still standing, the earliest counts. Deaths from an outside cause. Deaths without a valid NHS number, because \
we cannot see what happened before them; nobody under 18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "month"
feeds = ["deaths", "palliative_register"]
owner = "General practice lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "ee123a52b880"
--- */
select
    cohort.death_id,
    true as denominator,
    max(cohort.date_of_death - entry.entry_date) >= 90 as numerator
from cohort
join register_entry as entry using (death_id)
where cohort.linked and cohort.expected and entry.in_force
group by cohort.death_id
