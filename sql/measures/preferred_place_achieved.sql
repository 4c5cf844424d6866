/* ---
id = "preferred_place_achieved"
version = 2
status = "published"
title = "Died where they wanted to"
short_title = "Died where they wished"
promise = "Choice"
statement = "I can die in the place I choose."
why_it_matters = """\
This is what people told us matters most. It is shown beside how often people are asked, because asking fewer \
people can make it look better than it is."""
denominator = "People whose NHS number is known and whose last recorded wish names a place to die."
numerator = """\
Those who died in that place. Own home is not the same as the home of a relative or friend. A care home has to \
be the one that was named, if both are known."""
not_counted = """\
People whose last word was that they had not decided, would rather not say or could not say; people who wished \
for "somewhere else", because it cannot be checked; deaths where the place is not known. Deaths without a valid \
NHS number, because we cannot see what happened before them; nobody under 18, and nobody outside the six CCGs. A \
wish entered after the day of death is not looked at. Hospice care at home is care at home: it does not meet a \
wish to die in a hospice."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "month"
feeds = ["deaths", "epaccs"]
owner = "Clinical lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "0c2f6cd1c125"

[[changes]]
version = 2
date = 2026-11-22
why = "Says why a case is left out. The figures are the same."
body = "4e8f65d5efdd"
--- */
select
    death_id,
    place <> 'unknown' and ppd_first <> '50' as denominator,
    first_kept as numerator,
    case
        when place = 'unknown' then 'excluded: the place of death is not known'
        when ppd_first = '50' then 'excluded: the wish was for somewhere else, which cannot be checked'
    end as left_out
from wish_kept
