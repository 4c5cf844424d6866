/* ---
id = "rapid_response_two_hours"
version = 1
status = "published"
title = "Seen at home within two hours of a rapid response referral"
short_title = "Seen within two hours"
promise = "Crisis"
statement = "I am not sent back and forth to hospital in a crisis."
why_it_matters = """\
The rapid response team is there so that a crisis can be met at home. Two hours is the promise; after that \
most families call an ambulance."""
denominator = """\
Rapid response referrals received in the last 90 days of people who died and whose NHS number is known. By the \
day of death a contact has to have been made or tried."""
numerator = """\
Those where somebody was seen face to face within two hours after the referral came in. Two hours exactly is \
in time."""
not_counted = """\
Referrals where each contact was declined or cancelled, or came after the person had died. A phone or video \
call is not a visit. A referral made to a service that another one took over is one referral, counted from the \
earliest time noted. This counts referrals, not people; a referral belongs to the month of the death. Deaths \
without a valid NHS number, because we cannot see what happened before them; nobody under 18, and nobody \
outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "quarter"
feeds = ["community_contacts", "deaths"]
owner = "Community nursing lead"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "f2a0458a6e30"
--- */
select
    death_id,
    referral as event_id,
    not turned_away as denominator,
    coalesce(seen_at <= received_at + interval 120 minutes, false) as numerator,
    case
        when turned_away then 'exception: every contact was declined, cancelled or too late for the person'
    end as left_out
from rapid_response_referral
where days_before_death between 0 and 90
