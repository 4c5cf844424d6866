-- One row per death whose person had ever said anything about the preferred place: the last word, which decides.
select * exclude (nth_latest)
from preference
where nth_latest = 1
