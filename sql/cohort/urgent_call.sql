-- One row per call of a person of the cohort to 111 or the out-of-hours service, up to the day of death.
--
-- minutes_to_response   on the clock as written; 0 for a response noted before the call, null without a response
-- shared_record         whether a shared record was in force on the day of the call
-- on_register           whether the person was on a palliative care register on that day, since the day before or longer
with call as (
    select
        cohort.death_id,
        contact.contact_id,
        contact.call_started_at,
        contact.call_started_at::date as day,
        contact.response_due_minutes,
        contact.outcome,
        case
            when contact.first_clinical_response_at is not null
                then greatest(0, date_diff('minute', contact.call_started_at, contact.first_clinical_response_at))
        end as minutes_to_response,
        cohort.date_of_death - contact.call_started_at::date as days_before_death
    from cohort
    join urgent_care_contacts as contact using (person_id)
    where contact.call_started_at::date <= cohort.date_of_death
),
last_word as (
    select call.contact_id, arg_min(record.consent, record.nth_latest) as consent
    from call
    join shared_record as record on record.death_id = call.death_id and record.amended_at::date <= call.day
    group by call.contact_id
),
registered as (
    select distinct call.contact_id
    from call
    join register_entry as entry
        on entry.death_id = call.death_id
        and entry.entry_date < call.day
        and (entry.removal_date is null or entry.removal_date >= call.day)
)
select
    call.* exclude (day),
    coalesce(last_word.consent <> 'withdrawn', false) as shared_record,
    call.contact_id in (select contact_id from registered) as on_register
from call
left join last_word using (contact_id)
