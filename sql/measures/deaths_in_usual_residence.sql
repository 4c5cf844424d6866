/* ---
id = "deaths_in_usual_residence"
version = 2
status = "published"
title = "Died at home or in a care home"
short_title = "At home or in care home"
promise = "Choice"
statement = "I can die in the place I choose."
why_it_matters = """\
Most people say they would rather be where they live at the end. It needs no wish on record, so it also speaks \
for those who were never asked."""
denominator = """\
People whose death could be expected (not an accident or other outside cause) and whose place of death is known."""
numerator = "Those who died in their own home or in a care home."
not_counted = """\
Deaths where the place is not known, and deaths from an outside cause. Nobody under 18, and nobody outside the \
six CCGs. A death at the home of a relative or friend is in the count, but not as a death at home."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
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
body = "0ab5ee20e1c4"

[[changes]]
version = 2
date = 2026-11-22
why = "Says why a case is left out. The figures are the same."
body = "3904259fb00a"
--- */
select
    death_id,
    place <> 'unknown' as denominator,
    place in ('home', 'care_home') as numerator,
    case place when 'unknown' then 'excluded: the place of death is not known' end as left_out
from cohort
where expected
