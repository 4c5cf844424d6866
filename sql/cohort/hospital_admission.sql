-- One row per superspell of a person of the cohort that began on the day of death or before.
--
-- days_before_death   0 for an admission on the day of death
select
    cohort.death_id,
    superspell.admission_date,
    superspell.discharge_date,
    superspell.emergency,
    cohort.date_of_death - superspell.admission_date as days_before_death
from cohort
join superspell using (person_id)
where superspell.admission_date <= cohort.date_of_death
