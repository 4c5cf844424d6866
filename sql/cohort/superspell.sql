-- One row per superspell: one person's stay in hospital, however many hospitals passed it on.
--
-- A spell belongs to the one before when it begins before the latest discharge, or is a transfer in on the day of
-- that discharge or the day after (a transfer past midnight). Admission and method are those of the first spell.
with numbered as (
    select
        *,
        count(*) filter (
            where latest_discharge is null
            or not (
                admission_date < latest_discharge
                or transfer_in and admission_date <= latest_discharge + 1
            )
        ) over (partition by person_id order by position) as superspell
    from inpatient_spell
)
select
    person_id,
    superspell,
    min(admission_date) as admission_date,
    max(discharge_date) as discharge_date,
    arg_min(admission_method, position) as admission_method,
    arg_min(admission_method, position) in ('21', '22', '23', '24', '25', '28', '2A', '2D') as emergency
from numbered
group by person_id, superspell
