/* ---
id = "bereaved_overall"
version = 1
status = "published"
title = "Care was good or better"
short_title = "Care good or better"
promise = "Experience"
statement = "I had a dignified, pain-free death; my family was supported; we told our story once."
why_it_matters = "One question sums up what those who were there thought of it all."
denominator = """\
People who died, whose NHS number is known, and about whom somebody who was close to them answered the \
question about the care as a whole."""
numerator = "Those whose care was called outstanding, excellent or good."
not_counted = """\
Those where the person who answered did not know. Where several people answered about one person, only the \
earliest answer counts, even if it leaves this question out. It belongs to the month of the death. Deaths \
without a valid NHS number, because the answers cannot be joined to them; nobody under 18, and nobody outside \
the six CCGs."""
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
body = "b49c4cf52fd4"
--- */
select
    death_id,
    overall_care <> 'dont_know' as denominator,
    overall_care in ('outstanding', 'excellent', 'good') as numerator,
    case overall_care when 'dont_know' then 'excluded: the person who answered did not know' end as left_out
from survey_response
where overall_care is not null
