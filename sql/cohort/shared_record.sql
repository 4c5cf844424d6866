-- One row per amendment of a shared record (EPaCCS) up to the day of death, of a person of the cohort.
--
-- nth_latest   1 for the last word on the record before the death; at the same minute the highest record_id is later
select
    cohort.death_id,
    epaccs.* exclude (person_id, supplier, period, sequence),
    row_number() over (
        partition by cohort.death_id
        order by epaccs.amended_at desc, epaccs.record_id desc
    ) as nth_latest
from cohort
join epaccs using (person_id)
where epaccs.amended_at::date <= cohort.date_of_death
