/* ---
id = "bereaved_support"
version = 1
status = "published"
title = "Carers had as much support as they wanted"
short_title = "Support for carers"
promise = "Experience"
statement = "I had a dignified, pain-free death; my family was supported; we told our story once."
why_it_matters = "Those who care for somebody at home carry the most. This shows whether somebody cared for them, too."
denominator = """\
People who died, whose NHS number is known, and about whom somebody who was close to them answered the \
question about support for the carer."""
numerator = "Those where the carer had as much support as they wanted."
not_counted = """\
Those who did not want any support, and those where the person who answered did not know. Where several people \
answered about one person, only the earliest answer counts, even if it leaves this question out. It belongs to \
the month of the death. Deaths without a valid NHS number, because the answers cannot be joined to them; \
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
body = "7c2ea6996236"
--- */
select
    death_id,
    support_for_carer not in ('not_wanted', 'dont_know') as denominator,
    support_for_carer = 'as_much_as_wanted' as numerator,
    case support_for_carer
        when 'not_wanted' then 'excluded: no support was wanted'
        when 'dont_know' then 'excluded: the person who answered did not know'
    end as left_out
from survey_response
where support_for_carer is not null
