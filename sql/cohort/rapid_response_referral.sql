-- One row per rapid response referral of a person of the cohort that led to a contact up to the day of death.
--
-- A referral is its provider's own, one that was taken over counting with its successor, so that a referral made to the
-- one and answered by the other stays one. Contacts of another priority and those after the death are left aside.
--
-- received_at         the earliest time any of its contacts gives
-- days_before_death   0 for a referral on the day of death
-- seen_at             the first contact face to face that took place (null: none did)
-- turned_away         every contact was declined, cancelled, or came too late for the person
with contact as (
    select
        cohort.death_id,
        cohort.date_of_death,
        coalesce(organisation.successor, contact.provider_code) || '/' || contact.referral_id as referral,
        contact.referral_received_at,
        contact.contact_at,
        contact.contact_mode,
        contact.outcome
    from cohort
    join community_contacts as contact using (person_id)
    left join organisation on organisation.code = contact.provider_code
    where contact.referral_priority = 'rapid_response' and contact.contact_at::date <= cohort.date_of_death
)
select
    death_id,
    referral,
    min(referral_received_at) as received_at,
    date_of_death - min(referral_received_at)::date as days_before_death,
    min(contact_at) filter (where contact_mode = 'face_to_face' and outcome = 'attended') as seen_at,
    bool_and(outcome in ('declined', 'died_before_contact', 'cancelled')) as turned_away
from contact
group by death_id, date_of_death, referral
