/* ---
id = "on_palliative_register"
version = 1
status = "published"
title = "On the palliative care register"
short_title = "On palliative register"
promise = "Recognised and planned"
statement = "My team knows, and has a plan with me."
why_it_matters = """\
When the practice knows that somebody may be in their last year, it can plan with them, keep medicines ready and \
support the family."""
denominator = """\
People whose death could be expected (not an accident or other outside cause) and whose NHS number is known."""
numerator = """\
Those who were on a practice's palliative care register when they died, put on it at least a day before."""
not_counted = """\
An entry made on the day of death or later does not count, nor one that was taken off before the day of death. \
Deaths from an outside cause. Deaths without a valid NHS number, because we cannot see what happened before \
them; nobody under 18, and nobody outside the six CCGs."""
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
body = "44e2e2e8089b"
--- */
select
    cohort.death_id,
    true as denominator,
    cohort.death_id in (select death_id from register_entry where in_force) as numerator
from cohort
where cohort.linked and cohort.expected
