/* ---
id = "bereaved_coordination"
version = 1
status = "published"
title = "Services worked together, and the story was told once"
short_title = "Told our story once"
promise = "Experience"
statement = "I had a dignified, pain-free death; my family was supported; we told our story once."
why_it_matters = """\
Families told us how tiring it is to tell everything again to each new face. Good teams tell each other."""
denominator = """\
People who died, whose NHS number is known, and about whom somebody who was close to them answered both \
questions: whether services worked well together, and how often the story had to be told again."""
numerator = """\
Those where services definitely worked well together and the story never had to be told again. It takes both."""
not_counted = """\
Those where the person who answered did not know one or the other, or left one out. Where several people \
answered about one person, only the earliest answer counts, even if it leaves these questions out. It belongs \
to the month of the death. Deaths without a valid NHS number, because the answers cannot be joined to them; \
nobody under 18, and nobody outside the six CCGs."""
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
body = "5acde0efc0fc"
--- */
select
    death_id,
    services_worked_together <> 'dont_know' and repeated_story <> 'dont_know' as denominator,
    services_worked_together = 'definitely' and repeated_story = 'never' as numerator,
    case
        when 'dont_know' in (services_worked_together, repeated_story)
            then 'excluded: the person who answered did not know'
    end as left_out
from survey_response
where services_worked_together is not null and repeated_story is not null
