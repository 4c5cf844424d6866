-- One row per linked death: the nights in hospital before it, each night once however many spells cover it.
--
-- A night counts by the day it begins: the last 90 are those of [d-90, d). Of each spell only the part that no
-- earlier spell covers is taken, so nothing is counted twice; no night from the day of death on is counted.
with stay as (
    select
        cohort.death_id,
        cohort.date_of_death,
        greatest(spell.admission_date, spell.latest_discharge) as first_night,
        least(spell.discharge_date, cohort.date_of_death) as day_after
    from cohort
    join inpatient_spell as spell using (person_id)
    where spell.latest_discharge is null or spell.discharge_date > spell.latest_discharge
),
counted as (
    select
        death_id,
        sum(greatest(0, day_after - greatest(first_night, date_of_death - 90)))::bigint as last_90_days,
        sum(greatest(0, day_after - greatest(first_night, date_of_death - 183)))::bigint as last_183_days
    from stay
    group by death_id
)
select
    cohort.death_id,
    coalesce(counted.last_90_days, 0) as last_90_days,
    coalesce(counted.last_183_days, 0) as last_183_days
from cohort
left join counted using (death_id)
where cohort.linked
