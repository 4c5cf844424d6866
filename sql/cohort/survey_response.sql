-- One row per death of the cohort about which somebody answered the survey: the earliest response, which counts.
select
    cohort.death_id,
    response.* exclude (person_id, supplier, period, sequence)
from cohort
join bereavement_survey as response using (person_id)
qualify row_number() over (
    partition by cohort.death_id
    order by response.response_date, response.response_id
) = 1
