/* ---
id = "days_at_home_last_90"
version = 1
status = "published"
title = "Days at home in the last 90"
short_title = "Days at home, last 90"
promise = "Time at home"
statement = "I spend my last months where I live."
why_it_matters = """\
People told us that time counts as much as place: weeks on a ward are weeks not spent with family. This counts \
the days, whatever the reason for the stay."""
denominator = "Everyone who died and whose NHS number is known."
numerator = """\
90 minus the nights spent in hospital in the 90 days before the day of death. A care home or a hospice counts as \
home here."""
not_counted = """\
Day cases and stays without a night take nothing off. A night that two hospitals both report is taken off once. \
Nights from the day of death on are not taken off. Deaths without a valid NHS number, because we cannot see what \
happened before them; nobody under 18, and nobody outside the six CCGs."""
scoring = "mean"
unit = "days"
direction = "higher_is_better"
linked = true
ccg_grain = "month"
feeds = ["admissions", "deaths"]
owner = "Clinical lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "8bbe513cb8be"
--- */
select
    death_id,
    true as denominator,
    (90 - last_90_days)::double as observation
from hospital_nights
