/* ---
id = "urgent_care_in_time"
version = 1
status = "published"
title = "Urgent calls answered in time"
short_title = "Urgent calls in time"
promise = "Crisis"
statement = "I am not sent back and forth to hospital in a crisis."
why_it_matters = """\
When somebody known to be dying calls for help at night, minutes are long. This shows whether a clinician \
answered within the time that the call was given."""
denominator = """\
Calls to 111 or the out-of-hours service in the last 90 days of people who died and whose NHS number is known. \
On the day of the call they had a shared record in force, or were on a palliative care register since the day \
before or longer; and the call was given a time to answer in."""
numerator = """\
Those that a clinician answered within that time. An answer exactly on time is in time. An answer noted a few \
minutes before the call counts as at once."""
not_counted = """\
Calls that the caller gave up, or where the caller declined the help, even if somebody answered. Calls that \
needed no clinician. Calls by people whom the services did not yet know as dying on that day. This counts \
calls, not people; a call belongs to the month of the death. Deaths without a valid NHS number, because we \
cannot see what happened before them; nobody under 18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "month"
feeds = ["deaths", "epaccs", "palliative_register", "urgent_care_contacts"]
owner = "Clinical lead for urgent and emergency care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "47f936e0d393"
--- */
select
    death_id,
    contact_id as event_id,
    outcome not in ('abandoned', 'declined') as denominator,
    coalesce(minutes_to_response <= response_due_minutes, false) as numerator,
    case outcome
        when 'abandoned' then 'exception: the caller gave up'
        when 'declined' then 'exception: the caller declined the help'
    end as left_out
from urgent_call
where days_before_death <= 90
    and (shared_record or on_register)
    and response_due_minutes is not null
