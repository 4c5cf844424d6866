/* ---
id = "preferred_place_achieved"
version = 1
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
--- */
with met as (
    select
        cohort.death_id,
        cohort.place,
        preference.ppd_first,
        -- Which place of death keeps which wish.
        case preference.ppd_first
            when '21' then cohort.place = 'home'
            when '20' then cohort.place in ('home', 'elsewhere')
            when '22' then cohort.place in ('home', 'elsewhere')
            when '30' then cohort.place = 'hospice'
            when '40' then cohort.place = 'care_home'
            when '41' then cohort.place = 'care_home'
            when '42' then cohort.place = 'care_home'
            when '10' then cohort.place = 'hospital'
            else false
        end as by_its_own_code,
        -- The wish was for where the person lived: a private address, or a care home.
        coalesce(preference.ppd_first_is_usual_residence = 'Y', false) and (
            cohort.usual_residence_type = 'P' and cohort.place = 'home'
            or cohort.usual_residence_type = 'C' and cohort.place = 'care_home'
        ) as by_usual_residence,
        -- The wish was for one care home, and the death was in another. Nothing outweighs that.
        coalesce(
            preference.ppd_first in ('40', '41', '42')
            and preference.ppd_first_organisation_code <> cohort.place_organisation_code,
            false
        ) as in_another_care_home
    from cohort
    join preference_in_force as preference using (death_id)
    where cohort.linked and preference.is_location
)
select
    death_id,
    ppd_first <> '50' and place <> 'unknown' as denominator,
    (by_its_own_code or by_usual_residence) and not in_another_care_home as numerator
from met
