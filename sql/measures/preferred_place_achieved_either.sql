/* ---
id = "preferred_place_achieved_either"
version = 1
status = "published"
title = "Died in one of the two places they wished for"
short_title = "First or second wish"
promise = "Choice"
statement = "I can die in the place I choose."
why_it_matters = """\
Some people name a second place in case the first cannot be. Keeping either wish is still keeping a promise."""
denominator = "People whose NHS number is known and whose last recorded wish names a place to die."
numerator = """\
Those who died in the place they wished for first, or in the one named second in the same entry. The second is \
taken as it is written: own home, a care home, a hospice, without asking which."""
not_counted = """\
People whose last word was that they had not decided, would rather not say or could not say. People whose \
first wish was for \"somewhere else\", because it cannot be checked, even if they named a second place. Deaths \
where the place is not known. Second wishes of earlier entries are not looked at. Deaths without a valid NHS \
number, because we cannot see what happened before them; nobody under 18, and nobody outside the six CCGs."""
scoring = "proportion"
unit = "percent"
direction = "higher_is_better"
linked = true
ccg_grain = "quarter"
feeds = ["deaths", "epaccs"]
owner = "Clinical lead for end-of-life care"
checked_by = "Head of public health intelligence"
reviewed = 2026-11-01
next_review = 2027-11-01

[[changes]]
version = 1
date = 2026-11-01
why = "First version."
body = "59e4ed25cf6e"
--- */
select
    death_id,
    place <> 'unknown' and ppd_first <> '50' as denominator,
    first_kept or second_kept as numerator,
    case
        when place = 'unknown' then 'excluded: the place of death is not known'
        when ppd_first = '50' then 'excluded: the wish was for somewhere else, which cannot be checked'
    end as left_out
from wish_kept
