/* ---
id = "organisations_involved"
version = 1
status = "published"
title = "Organisations involved in the last 90 days"
short_title = "Organisations involved"
promise = "The whole pathway"
statement = "Services work as one, within the money there is."
why_it_matters = """\
Each further organisation is one more hand-over, where things can be forgotten and the story has to be told \
again."""
denominator = """\
Everyone who died, whose NHS number is known, and who had care from at least one organisation in the last 90 \
days."""
numerator = """\
How many organisations cared for them in their last 90 days, the day of death included: hospitals, community \
teams, 111 and out-of-hours, the ambulance service, hospices."""
not_counted = """\
An organisation that was taken over and the one that took it over count as one. Each counts once, however \
often it was there. A stay counts if any of it lies in these days; day cases and planned visits count, too. A \
community visit that did not take place does not count. General practices and care homes send no such data, so \
they are not in it. Deaths without a valid NHS number, because we cannot see what happened before them; nobody \
under 18, and nobody outside the six CCGs."""
scoring = "mean"
unit = "organisations"
direction = "lower_is_better"
linked = true
ccg_grain = "quarter"
feeds = ["admissions", "ambulance_incidents", "community_contacts", "deaths", "ed_attendances", "hospice_care", "urgent_care_contacts"]
owner = "Clinical lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "3fb655f0914b"
--- */
select
    death_id,
    true as denominator,
    count(*)::double as observation
from organisation_involved
group by death_id
