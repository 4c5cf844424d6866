-- One row per unplanned attendance at an emergency department of a person of the cohort, up to the day of death.
--
-- days_before_death   0 for an arrival on the day of death
select
    cohort.death_id,
    attendance.provider_code || '/' || attendance.attendance_id as attendance,
    attendance.arrival_at,
    cohort.date_of_death - attendance.arrival_at::date as days_before_death
from cohort
join ed_attendances as attendance using (person_id)
where attendance.attendance_category in ('1', '2', '3')
    and attendance.department_type in ('01', '02', '03')
    and attendance.arrival_at::date <= cohort.date_of_death
