-- One row per entry on a practice's palliative care register of a person of the cohort, made before the day of death.
--
-- Each entry is as the latest snapshot that holds it shows it.
-- in_force   not removed, or removed on the day of death or later
select
    cohort.death_id,
    entry.practice_code,
    entry.entry_id,
    entry.entry_date,
    entry.removal_date,
    entry.removal_date is null or entry.removal_date >= cohort.date_of_death as in_force
from cohort
join palliative_register as entry using (person_id)
where entry.entry_date < cohort.date_of_death
