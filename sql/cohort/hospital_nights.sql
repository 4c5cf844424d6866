-- One row per linked death: the nights in hospital before it, each night once however many spells cover it.
--
-- A night counts by the day it begins: the last 90 are those of [d-90, d). Of each spell only the part that no
-- earlier spell covers is taken, so nothing is counted twice; no night from the day of death on is counted.
with stay as (
    select
        person_id,
        greatest(admission_date, latest_discharge) as first_night,
        discharge_date as day_after
    from inpatient_spell
    where latest_discharge is null or discharge_date > latest_discharge
)
select
    cohort.death_id,
    coalesce(sum(greatest(0, least(day_after, date_of_death) - greatest(first_night, date_of_death - 90))), 0)::bigint
        as last_90_days,
    coalesce(sum(greatest(0, least(day_after, date_of_death) - greatest(first_night, date_of_death - 183))), 0)::bigint
        as last_183_days
from cohort
left join stay using (person_id)
where cohort.linked
group by cohort.death_id
