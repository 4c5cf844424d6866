-- One row per death that counts: an adult, registered once, of one of the six CCGs, in the month of the death.
--
-- linked     the NHS number is valid, so that what happened before the death can be known
-- expected   the underlying cause is not external (V01 to Y98, or U509)
-- place      home, elsewhere, hospital, care_home, hospice, other or unknown
with died as (
    select
        *,
        substr(underlying_cause, 1, 3) as cause,
        -- Some registrars leave the leading zero out: 1 is 01.
        lpad(pod_establishment_type, 2, '0') as establishment
    from registration
    where not_counted_because is null
)
select
    row_number() over (order by registration_id) as death_id,
    registration_id,
    person_id,
    date_of_death,
    strftime(date_of_death, '%Y-%m') as month,
    responsible_ccg as ccg,
    person_id is not null as linked,
    not (cause between 'V01' and 'Y98' or underlying_cause = 'U509') as expected,
    case
        when pod_code = 'H' then 'home'
        when pod_code = 'E' then 'elsewhere'
        when pod_nhs_establishment = '1' and establishment in ('01', '03', '18', '99') then 'hospital'
        when pod_nhs_establishment = '2' and establishment in ('01', '18', '19') then 'hospital'
        when pod_nhs_establishment = '1' and establishment in ('02', '04', '07', '10', '21') then 'care_home'
        when pod_nhs_establishment = '2'
            and establishment in ('03', '04', '07', '10', '14', '20', '22', '32', '33', '99') then 'care_home'
        when establishment = '83' then 'hospice'
        when pod_nhs_establishment = '1' and establishment in ('05', '06', '08', '09', '11') then 'other'
        when pod_nhs_establishment = '2' and (
            establishment in ('05', '08', '09', '11', '12', '13', '15', '16', '17')
            or establishment between '23' and '31'
            or establishment between '34' and '82') then 'other'
        else 'unknown'
    end as place,
    pod_organisation_code as place_organisation_code,
    usual_residence_type,
    usual_residence_organisation_code,
    case
        when age_at_death < 65 then '18-64'
        when age_at_death < 75 then '65-74'
        when age_at_death < 85 then '75-84'
        else '85+'
    end as age_band,
    sex,
    -- Deciles 1 and 2 are the most deprived quintile, 1.
    coalesce(((imd_decile + 1) // 2)::varchar, 'unknown') as deprivation_quintile,
    case
        when cause between 'C00' and 'C97' then 'cancer'
        when cause between 'F00' and 'F03' or cause = 'G30' then 'dementia'
        when cause between 'I00' and 'I99' then 'circulatory'
        when cause between 'J00' and 'J99' then 'respiratory'
        else 'other'
    end as cause_group
from died
