-- One row per registered death in force, with the reason why it does not count (null: it is in the cohort).
--
-- The reasons in their order: cancelled; duplicate (another registration of the same person came first);
-- under_18; outside_stp (neither of its two CCGs is one of the six).
with responsible as (
    select
        *,
        case
            when ccg_of_registration in (select code from ccg) then ccg_of_registration
            when ccg_of_residence in (select code from ccg) then ccg_of_residence
        end as responsible_ccg,
        -- Only a linked person can be recognised twice, and a cancelled registration hides no other.
        person_id is not null and row_number() over (
            partition by person_id, cancelled_flag
            order by date_of_registration, registration_id
        ) > 1 as registered_before
    from deaths
)
select
    * exclude (registered_before),
    case
        when cancelled_flag = 'Y' then 'cancelled'
        when registered_before then 'duplicate'
        when age_at_death < 18 then 'under_18'
        when responsible_ccg is null then 'outside_stp'
    end as not_counted_because
from responsible
