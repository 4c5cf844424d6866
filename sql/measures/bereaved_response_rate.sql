/* ---
id = "bereaved_response_rate"
version = 1
status = "published"
title = "Somebody close answered the survey"
short_title = "Survey response rate"
promise = "Experience"
statement = "I had a dignified, pain-free death; my family was supported; we told our story once."
why_it_matters = """\
The answers of the bereaved speak for more people when more of them answer. Read the other results beside this \
one."""
denominator = "Everyone who died and whose NHS number is known."
numerator = "Those about whom at least one answer to the survey of bereaved people came back."
not_counted = """\
Several answers about one person count once. Nobody has to answer, and those who grieve may need time, so \
recent months are lower at first. Deaths without a valid NHS number, because the answers cannot be joined to \
them; nobody under 18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "neither"
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
body = "2be8cfaa16d4"
--- */
select
    cohort.death_id,
    true as denominator,
    cohort.death_id in (select death_id from survey_response) as numerator
from cohort
where cohort.linked
