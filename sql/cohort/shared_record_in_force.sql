-- One row per death at which a shared record was in force: the last amendment, unless it withdraws the consent.
select * exclude (nth_latest)
from shared_record
where nth_latest = 1 and consent <> 'withdrawn'
