"""The faults of records, one by one: what the checks found, what the values at fault look like, what shows across records.

Owns the table `finding` of a workbench: file, file_row, fault (`code|column`, or `code|column|slip`). Never changes a
verdict.
"""

from collections.abc import Sequence

import duckdb

from outcomes.definitions.feeds import Feed
from outcomes.intake import contract


class Findings:
    """Those of files of one feed: over the table `judged` and the SELECT `texts`, in a table of their own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, feed: Feed, judged: str, texts: str, table: str) -> None:
        self._connection, self._feed, self._judged, self._texts, self._finding = connection, feed, judged, texts, table

    def tell(self, checks: Sequence[contract.Check]) -> None:
        """Fill the table, once the verdicts stand."""
        number = contract.number_check(self._feed)
        self._find(number, [check for check in (*checks, number) if check.looks])
        for together, across in contract.across_checks(self._feed).items():
            self._look_across(", ".join(together), contract.faults_of(across))

    def of_files(self, count: int) -> list[dict[str, tuple[int, ...]]]:
        """By fault the rows that have it, ascending, of each of so many files."""
        found: list[dict[str, tuple[int, ...]]] = [{} for _ in range(count)]
        lists = f"select file, fault, list(file_row order by file_row) from {self._finding} group by all"
        for file, fault, rows in self._connection.execute(lists).fetchall():
            found[file][fault] = tuple(rows)
        return found

    def _find(self, number: contract.Check, looks: Sequence[contract.Check]) -> None:
        """Every fault of a record by itself; of values at fault also what they look like."""
        missing = "" if self._feed.column(number.column).required else "or nhs_number is null"
        self._connection.execute(
            f"""
            create temp table {self._finding} as
            select file, row as file_row, unnest(string_split(faults, ',')) as fault from {self._judged}
            where faults <> ''
            union all
            select file, row, unnest(string_split(warned, ',')) from {self._judged} where faults = '' and warned <> ''
            union all
            select file, row, case when nhs_number is null then '{contract.MISSING}|{number.column}' else '{number.name}' end
            from {self._judged} where faults = '' and person_id is null and (nhs_number is not null {missing})"""
        )
        found = {
            fault for (fault,) in self._connection.execute(f"select distinct fault from {self._finding}").fetchall()
        }
        if shaped := [check for check in looks if check.name in found]:
            self._name_slips(shaped)

    def _name_slips(self, checks: Sequence[contract.Check]) -> None:
        columns = ", ".join(dict.fromkeys(check.column for check in checks))
        named = ", ".join(f"'{check.name}'" for check in checks)
        told = " ".join(f"when '{check.name}' then {check.told}" for check in checks)
        self._connection.execute(
            f"""
            create or replace temp table {self._finding} as
            select file, file_row, case fault {told} else fault end as fault
            from {self._finding}
            left join (select file, row as file_row, {columns} from ({self._texts})
                       semi join (select file, file_row as row from {self._finding} where fault in ({named}))
                       using (file, row))
            using (file, file_row)"""
        )

    def _look_across(self, together: str, found: str) -> None:
        """What is found of records taken together, told of each of them."""
        accepted = f"select file, {contract.kept_columns(self._feed)} from {self._judged} where faults = ''"
        self._connection.execute(
            f"""
            insert into {self._finding}
            with accepted as ({accepted})
            select file, file_row, unnest(string_split(found, ',')) from accepted
            join (select file, {together}, {found} as found from accepted group by all) using (file, {together})
            where found <> ''"""
        )
