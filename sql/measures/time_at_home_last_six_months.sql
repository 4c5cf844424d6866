/* ---
id = "time_at_home_last_six_months"
version = 1
status = "published"
title = "Share of the last six months spent at home"
short_title = "Time at home, 6 months"
promise = "Time at home"
statement = "I spend my last months where I live."
why_it_matters = """\
Half a year shows more than three months: whether long stays in hospital could have been shorter, while there \
was still time to live."""
denominator = "Everyone who died and whose NHS number is known."
numerator = """\
The share of the 183 nights before the day of death that were not spent in hospital, in percent. A care home \
or a hospice counts as home here."""
not_counted = """\
Day cases and stays without a night take nothing off. A night that two hospitals both report is taken off \
once. Nights from the day of death on are not taken off. Deaths without a valid NHS number, because we cannot \
see what happened before them; nobody under 18, and nobody outside the six CCGs."""
scoring = "mean"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "quarter"
feeds = ["admissions", "deaths"]
owner = "Clinical lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "225adea6df5d"
--- */
select
    death_id,
    true as denominator,
    100 * (1 - last_183_days / 183) as observation
from hospital_nights
