/* ---
id = "deaths_in_hospital"
version = 2
status = "published"
title = "Died in hospital"
short_title = "Died in hospital"
promise = "Choice"
statement = "I can die in the place I choose."
why_it_matters = """\
For some people hospital is the right place, and some choose it, so neither high nor low is good in itself. A \
change that nobody can explain is worth a question."""
denominator = "Everyone who died and whose place of death is known."
numerator = "Those who died in a hospital."
not_counted = """\
Deaths where the place is not known. Nobody under 18, and nobody outside the six CCGs. A hospice is not a \
hospital."""
scoring = "proportion"
unit = "percent"
direction = "neither"
linked = false
ccg_grain = "month"
feeds = ["deaths"]
owner = "Clinical lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "a8a8274c2f7f"

[[changes]]
version = 2
date = 2026-11-22
why = "Says why a case is left out. The figures are the same."
body = "5bb4dec639e6"
--- */
select
    death_id,
    place <> 'unknown' as denominator,
    place = 'hospital' as numerator,
    case place when 'unknown' then 'excluded: the place of death is not known' end as left_out
from cohort
