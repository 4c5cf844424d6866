-- One row per linked death: what the care of the last 90 days cost, the day of death included, in pounds.
--
-- Every record counts that names the person, whatever came of it: an episode by its end, a hospice stay by its end,
-- the others by their day. A cost that is not given is 0.
-- ceiling   the 99th percentile (linear interpolation) of the costs, zeros included, of all linked deaths of the same
--           financial year (April to March) that are known, in whatever month and whether or not it has a figure
with record(person_id, day, cost_gbp) as (
    select person_id, episode_end_date, cost_gbp
    from admissions
    union all
    select person_id, arrival_at::date, cost_gbp
    from ed_attendances
    union all
    select person_id, contact_at::date, cost_gbp
    from community_contacts
    union all
    select person_id, call_started_at::date, cost_gbp
    from urgent_care_contacts
    union all
    select person_id, call_at::date, cost_gbp
    from ambulance_incidents
    union all
    select person_id, end_date, cost_gbp
    from hospice_care
),
spent as (
    select cohort.death_id, sum(record.cost_gbp) as cost
    from cohort
    join record using (person_id)
    where record.day between cohort.date_of_death - 90 and cohort.date_of_death
    group by cohort.death_id
),
of_everybody as (
    select
        cohort.death_id,
        year(cohort.date_of_death) - (month(cohort.date_of_death) < 4)::integer as financial_year,
        coalesce(spent.cost, 0)::double as cost
    from cohort
    left join spent using (death_id)
    where cohort.linked
)
select
    *,
    quantile_cont(cost, 0.99) over (partition by financial_year) as ceiling
from of_everybody
