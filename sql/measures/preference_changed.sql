/* ---
id = "preference_changed"
version = 1
status = "published"
title = "Changed their mind about where to die"
short_title = "Wish changed"
promise = "Choice"
statement = "I can die in the place I choose."
why_it_matters = """\
People may change their mind, and a good team asks again. So neither high nor low is good in itself. It shows \
whether wishes are asked once or talked about over time."""
denominator = "People whose NHS number is known and who ever named a place to die."
numerator = """\
Those who named at least two different places over time. Own home and the home of a friend are two places; so \
are a care home and a care home with nursing."""
not_counted = """\
Only the first choice of each entry is looked at. An answer such as \"not decided\" is no place, so it is no \
change. The same kind of place under another name is no change. Entries made after the day of death are not \
looked at. Deaths without a valid NHS number, because we cannot see what happened before them; nobody under \
18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "neither"
linked = true
ccg_grain = "quarter"
feeds = ["deaths", "epaccs"]
owner = "Clinical lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "72318cc273b3"
--- */
select
    death_id,
    true as denominator,
    count(distinct ppd_first) >= 2 as numerator
from preference
where is_location
group by death_id
