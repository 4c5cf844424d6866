-- One row per death whose person's last word named a place: whether the place of death kept the wish.
--
-- first_kept    the place wished for first; a care home that was named has to be the one, whatever else is said
-- second_kept   the place wished for second, by its code alone
with kept_by(wish, place) as (
    values
        ('10', 'hospital'),
        ('20', 'home'),
        ('20', 'elsewhere'),
        ('21', 'home'),
        ('22', 'home'),
        ('22', 'elsewhere'),
        ('30', 'hospice'),
        ('40', 'care_home'),
        ('41', 'care_home'),
        ('42', 'care_home')
),
compared as (
    select
        cohort.death_id,
        cohort.place,
        preference.ppd_first,
        exists (
            from kept_by where kept_by.wish = preference.ppd_first and kept_by.place = cohort.place
        ) as by_its_own_code,
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
        ) as in_another_care_home,
        exists (
            from kept_by where kept_by.wish = preference.ppd_second and kept_by.place = cohort.place
        ) as second_kept
    from cohort
    join preference_in_force as preference using (death_id)
    where preference.is_location
)
select
    death_id,
    place,
    ppd_first,
    (by_its_own_code or by_usual_residence) and not in_another_care_home as first_kept,
    second_kept
from compared
