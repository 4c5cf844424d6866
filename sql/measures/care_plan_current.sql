/* ---
id = "care_plan_current"
version = 1
status = "published"
title = "The shared record held a plan and was up to date"
short_title = "Care plan up to date"
promise = "Recognised and planned"
statement = "My team knows, and has a plan with me."
why_it_matters = """\
A plan that nobody has looked at for half a year may send help the wrong way. A good record is a living one."""
denominator = """\
People whose death could be expected, whose NHS number is known, and who had a shared record (EPaCCS) in place \
when they died."""
numerator = """\
Those whose record was last changed in the last 90 days, the day of death included, and held a care plan made \
by the day of death."""
not_counted = """\
The plan's own date may be older than 90 days: what matters is that somebody looked at the record since. The \
last date entered for the plan is the one that counts. A plan dated after the day of death is none. Deaths \
from an outside cause. Deaths without a valid NHS number, because we cannot see what happened before them; \
nobody under 18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "month"
feeds = ["deaths", "epaccs"]
owner = "General practice lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "6a7586180650"
--- */
with plan as (
    select death_id, arg_min(care_plan_date, nth_latest) as made_on
    from shared_record
    where care_plan_date is not null
    group by death_id
)
select
    cohort.death_id,
    true as denominator,
    cohort.date_of_death - record.amended_at::date <= 90
    and coalesce(plan.made_on <= cohort.date_of_death, false) as numerator
from cohort
join shared_record_in_force as record using (death_id)
left join plan using (death_id)
where cohort.linked and cohort.expected
