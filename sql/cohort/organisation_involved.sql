-- One row per organisation involved in the care of a person of the cohort in the last 90 days, the day of death included.
--
-- An organisation that was taken over is its successor. What lasts, a hospital spell of any kind or a hospice stay,
-- counts when any of its days lies in these; of the community services' contacts only those that took place count.
with care(person_id, provider_code, first_day, last_day) as (
    select person_id, provider_code, admission_date, discharge_date
    from spell
    union all
    select person_id, provider_code, arrival_at::date, arrival_at::date
    from ed_attendances
    union all
    select person_id, provider_code, contact_at::date, contact_at::date
    from community_contacts
    where outcome = 'attended'
    union all
    -- These two services have one provider each, and it is the supplier.
    select person_id, supplier, call_started_at::date, call_started_at::date
    from urgent_care_contacts
    union all
    select person_id, supplier, call_at::date, call_at::date
    from ambulance_incidents
    union all
    select person_id, provider_code, start_date, end_date
    from hospice_care
)
select distinct
    cohort.death_id,
    coalesce(organisation.successor, care.provider_code) as organisation
from cohort
join care using (person_id)
left join organisation on organisation.code = care.provider_code
where care.first_day <= cohort.date_of_death and care.last_day >= cohort.date_of_death - 90
