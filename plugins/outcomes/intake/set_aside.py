"""Records set aside, as the lake keeps them: person_id, file_row, faults and the fields as they were sent.

Owns what is kept of them. Promises that every long number in them is masked, and that what stands in no column of the
contract is not kept: it could be a name or an address. Never decides which those are.
"""

from collections.abc import Sequence
from itertools import groupby

from outcomes.definitions.feeds import Feed
from outcomes.intake.masking import masked

NOBODY = (
    "select 0::integer as file, null::uuid as person_id, 0::integer as file_row, '' as faults, ['']::varchar[] as fields "
    "where false"
)


def set_aside(feed: Feed, header: Sequence[str], texts: str, judged: str) -> str:
    """SELECT, with `file`: the records of the table `judged` that have a fault, as the SELECT `texts` has them."""
    contracted = {c.name for c in feed.columns}
    # A header may have any number of columns that the contract does not know.
    fields = " || ".join(
        f"[{', '.join(f'coalesce({name}, $$$$)' for name in names)}]"
        if known
        else f"repeat(['#'], {sum(1 for _ in names)})"
        for known, names in groupby(header, key=contracted.__contains__)
    )
    return f"""
        select file, person_id, file_row, faults,
               case when width = {len(header)} then list_transform({fields}, lambda v: {masked("v")})
                    else repeat(['#'], width) end as fields
        from (select file, row as file_row, person_id, faults from {judged} where faults <> '')
             join (select row as file_row, * exclude row from ({texts})
                   semi join (select file, row from {judged} where faults <> '') using (file, row))
             using (file, file_row)"""
