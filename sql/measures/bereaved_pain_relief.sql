/* ---
id = "bereaved_pain_relief"
version = 1
status = "published"
title = "Pain was eased in the last two days"
short_title = "Pain was eased"
promise = "Experience"
statement = "I had a dignified, pain-free death; my family was supported; we told our story once."
why_it_matters = "Fear of pain is what people name first. Those who sat at the bedside know whether it was eased."
denominator = """\
People who died, whose NHS number is known, and about whom somebody who was close to them answered the \
question about pain in the last two days."""
numerator = "Those whose pain was eased completely, all of the time or some of the time."
not_counted = """\
Those who had no pain, and those where the person who answered did not know. Where several people answered \
about one person, only the earliest answer counts, even if it leaves this question out. It belongs to the \
month of the death. Deaths without a valid NHS number, because the answers cannot be joined to them; nobody \
under 18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "quarter"
feeds = ["bereavement_survey", "deaths"]
owner = "Patient and carer experience lead"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "76bd3f81c614"
--- */
select
    death_id,
    pain_relief not in ('no_pain', 'dont_know') as denominator,
    pain_relief in ('completely_all', 'completely_some') as numerator,
    case pain_relief
        when 'no_pain' then 'excluded: there was no pain'
        when 'dont_know' then 'excluded: the person who answered did not know'
    end as left_out
from survey_response
where pain_relief is not null
