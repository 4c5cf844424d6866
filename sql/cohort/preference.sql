-- One row per preference for the place of death that a person of the cohort gave up to the day of death.
--
-- Consent to share the record plays no part: the person said it. nth_latest is 1 for the last word.
-- is_location   a place was named; otherwise undecided, declined, unable or not_appropriate
select
    death_id,
    amended_at,
    ppd_first,
    ppd_first_is_usual_residence,
    ppd_first_organisation_code,
    ppd_second,
    ppd_first in ('10', '20', '21', '22', '30', '40', '41', '42', '50') as is_location,
    row_number() over (partition by death_id order by nth_latest) as nth_latest
from shared_record
where ppd_first is not null
