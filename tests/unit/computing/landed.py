"""Submissions as they lie in the lake and the ledger after landing, made from a few rows without a supplier's file."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from outcomes.definitions.feeds import SQL_TYPES, feeds
from outcomes.lake import Lake
from outcomes.ledger import Ledger, Submission

Row = Mapping[str, Any]

# What a death needs, where a test does not care.
A_DEATH: Row = {
    "sex": "2",
    "age_at_death": 80,
    "pod_code": "H",
    "usual_residence_type": "P",
    "underlying_cause": "C349",
    "imd_decile": 1,
    "cancelled_flag": "N",
}


def person(number: int) -> uuid.UUID:
    """Somebody's pseudonym."""
    return uuid.UUID(int=number)


class Landing:
    """A lake and a ledger side by side. Rows have the columns of the lake: `person_id` for the NHS number."""

    def __init__(self, folder: Path, url: str) -> None:
        self.ledger, self.lake = Ledger(url), Lake(str(folder / "lake"))

    def submit(
        self, feed: str, supplier: str, period: str, *rows: Row, sequence: int = 1, status: str = "freeze"
    ) -> str:
        """Land one accepted submission; gives its file in the lake."""
        whose = {"supplier": supplier, "period": period, "sequence": sequence}
        whole = [{**row, **whose} for row in rows]
        # Nothing is in them, so all empty submissions of a feed may share a file.
        place = (f"{feed}/{period}", f"{supplier}-{sequence}") if rows else (feed, "empty")
        stored = self.lake.store(*place, lambda path: _write(feed, whole, path))
        name = f"{feed}_{supplier}_{period}_{sequence}.csv"
        digest = hashlib.sha256(f"{name} {whole}".encode()).hexdigest()
        with self.ledger.session() as session:
            session.add(
                Submission(
                    feed=feed,
                    **whose,
                    file_name=name,
                    sha256=digest,
                    claimed_sha256=digest,
                    status=status,
                    outcome="accepted",
                    uses_sequence=True,
                    rows=len(rows),
                    rejected_records=0,
                    warnings=0,
                    lake_file=stored.file,
                    lake_sha256=digest,
                )
            )
        return stored.file

    def deaths(self, ccg: str, period: str, *rows: Row, **how: Any) -> str:
        """Deaths of a CCG: on the first of the month and registered at once, at home, of cancer, unless a row says else."""
        first = f"{period}-01"
        usual = {**A_DEATH, "ccg_of_registration": ccg, "date_of_registration": first, "date_of_death": first}
        return self.submit("deaths", ccg, period, *({**usual, **row} for row in rows), **how)


def episode(person_id: uuid.UUID | None, spell_id: str, admitted: str, discharged: str, **fields: Any) -> Row:
    """One consultant episode of an emergency stay."""
    usual = {"provider_code": "RJE", "episode_number": 1, "admission_method": "21", "patient_classification": "1"}
    dates = {"admission_date": admitted, "discharge_date": discharged}
    return {"person_id": person_id, "spell_id": spell_id, **usual, **dates, **fields}


def _write(feed: str, rows: Iterable[Row], path: str) -> None:
    columns = feeds()[feed].columns
    types = {("person_id" if c.nhs_number else c.name): SQL_TYPES[c.type] for c in columns}
    types |= {"person_id": "uuid", "supplier": "varchar", "period": "varchar", "sequence": "integer"}
    with duckdb.connect() as connection:
        connection.execute(f"create table landed ({', '.join(f'{name} {kind}' for name, kind in types.items())})")
        for row in rows:
            places = ", ".join("?" * len(row))
            connection.execute(f"insert into landed ({', '.join(row)}) values ({places})", list(row.values()))
        connection.execute(f"copy landed to '{path}' (format parquet)")
