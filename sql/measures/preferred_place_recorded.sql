/* ---
id = "preferred_place_recorded"
version = 2
status = "published"
title = "A wish for where to die was on record"
short_title = "Preference recorded"
promise = "Choice"
statement = "I can die in the place I choose."
why_it_matters = """\
A wish that nobody wrote down cannot be kept. This shows how often somebody asked, and wrote the answer where \
the whole team can see it."""
denominator = """\
People whose death could be expected (not an accident or other outside cause) and whose NHS number is known."""
numerator = "Those whose last recorded wish names a place, even if it is \"somewhere else\"."
not_counted = """\
People who were too ill to say, or for whom asking was not right, if that is the last thing on record. Deaths \
from an outside cause. Deaths without a valid NHS number, because we cannot see what happened before them; \
nobody under 18, and nobody outside the six CCGs. A wish entered after the day of death is not looked at. A wish \
still counts if the person later stopped sharing the record."""
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
body = "20a23fceedce"

[[changes]]
version = 2
date = 2026-11-22
why = "Says why a case is left out. The figures are the same."
body = "ccd82aff68f7"
--- */
select
    cohort.death_id,
    coalesce(preference.ppd_first not in ('unable', 'not_appropriate'), true) as denominator,
    coalesce(preference.is_location, false) as numerator,
    case preference.ppd_first
        when 'unable' then 'exception: the person could not say'
        when 'not_appropriate' then 'exception: asking was not right'
    end as left_out
from cohort
left join preference_in_force as preference using (death_id)
where cohort.linked and cohort.expected
