-- One row per spell of a linked person as an ordinary inpatient, in the order in which the person lived them.
--
-- latest_discharge   the latest discharge of all the person's spells before this one (null: there was none).
--                    A superspell begins where no earlier spell is still open, so its running latest discharge is
--                    that of everything before: no spell is discharged before it is admitted.
select
    *,
    admission_method in ('81', '2B') as transfer_in,
    row_number() over in_order as position,
    max(discharge_date) over (in_order rows between unbounded preceding and 1 preceding) as latest_discharge
from spell
where patient_classification = '1' and person_id is not null
window in_order as (
    partition by person_id
    order by admission_date, admission_method in ('81', '2B'), provider_code, spell_id
)
