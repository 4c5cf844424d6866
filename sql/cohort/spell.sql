-- One row per hospital spell: its episodes taken together.
--
-- Where episodes disagree: the earliest admission, the latest discharge, and the lowest episode's method,
-- classification and person (null when that episode is not linked, so the null must not be passed over).
select
    provider_code,
    spell_id,
    min(admission_date) as admission_date,
    max(discharge_date) as discharge_date,
    arg_min_null(admission_method, episode_number) as admission_method,
    arg_min_null(patient_classification, episode_number) as patient_classification,
    arg_min_null(person_id, episode_number) as person_id
from admissions
group by provider_code, spell_id
