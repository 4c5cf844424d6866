/* ---
id = "pathway_cost_last_90"
version = 1
status = "published"
title = "Cost of care in the last 90 days"
short_title = "Cost, last 90 days"
promise = "The whole pathway"
statement = "Services work as one, within the money there is."
why_it_matters = """\
Money spent on one crisis after another cannot be spent on care at home. It is read beside what patients and \
families say, and never alone."""
denominator = "Everyone who died and whose NHS number is known."
numerator = """\
What their care cost in their last 90 days, the day of death included, in pounds: hospitals, community teams, \
111 and out-of-hours, the ambulance service, hospices. A very high cost counts only up to a level, so that one \
person cannot move the figure. 99 in 100 of all deaths of the same financial year, as far as they are known, \
cost no more than that."""
not_counted = """\
What has no cost noted counts as nothing. Care that ended before these days or after the day of death. Each \
part of a hospital stay counts by the day it ended. The level moves until all deaths of the financial year are \
known. General practices, care homes and families send no costs. Deaths without a valid NHS number, because we \
cannot see what happened before them; nobody under 18, and nobody outside the six CCGs."""
scoring = "mean"
unit = "pounds"
direction = "neither"
linked = true
ccg_grain = "quarter"
feeds = ["admissions", "ambulance_incidents", "community_contacts", "deaths", "ed_attendances", "hospice_care", "urgent_care_contacts"]
owner = "Director of finance"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "2e458a3d0033"
--- */
select
    death_id,
    true as denominator,
    least(cost, ceiling) as observation
from pathway_cost
