"""Landing a checked submission: its records into the lake, its outcome into the ledger.

Owns the order that makes a kill harmless: files first, whole and under names made from their content, then one ledger
transaction that makes them count. Never overwrites or removes what another submission left.
"""

from collections.abc import Callable, Sequence

import duckdb
from sqlalchemy.exc import IntegrityError

from outcomes.acting import acting
from outcomes.intake.checking import Checked
from outcomes.intake.names import Manifest
from outcomes.lake import Lake, Stored
from outcomes.ledger import Event, Handover, Ledger, Submission, submissions


def land(lake: Lake, verdict: Checked, key_id: str) -> tuple[Stored, Stored | None]:
    """Write the accepted records, and the rejected ones where there are any; raises SetupError when that is impossible.

    Each file says under which key its pseudonyms are.
    """
    name = verdict.name
    keys = f"'{name.supplier}' as supplier, '{name.period}' as period, {name.sequence}::integer as sequence"
    stem = f"{name.supplier}-{name.sequence}"

    def write(relation: str) -> Callable[[str], None]:
        # A dictionary for codes, not for identifiers that are all different.
        sql = f"copy (select *, {keys} from {relation} order by file_row) to $path {parquet_under(key_id)}"
        return lambda path: _copy(verdict.connection, sql, path)

    accepted = lake.store(f"{name.feed}/{name.period}", stem, write("accepted"))
    if not verdict.rejected:
        return accepted, None
    return accepted, lake.store(f"rejected/{name.feed}/{name.period}", stem, write("rejected"))


def parquet_under(key_id: str) -> str:
    """SQL: how a file of the lake is written, with the id of its pseudonyms' key in its metadata."""
    quoted = key_id.replace("'", "''")
    return f"(format parquet, compression zstd, kv_metadata {{pseudonym_key_id: '{quoted}'}})"


def enter(
    ledger: Ledger,
    verdict: Checked,
    manifest: Manifest | str,
    accepted: Stored | None,
    rejected: Stored | None,
    key_id: str,
    handovers: Sequence[Handover] = (),
    *,
    asked: bool = False,
) -> bool:
    """One transaction that makes the submission count, or remembers that it was refused, and what its source is owed for it.

    `asked` says whether records of people who object were left out.

    False where another process entered this file, or another one under its sequence, at the same moment.
    """
    name, rejection = verdict.name, verdict.rejection
    usable = manifest if isinstance(manifest, Manifest) else None
    row = Submission(
        feed=name.feed,
        supplier=name.supplier,
        period=name.period,
        sequence=name.sequence,
        file_name=name.file_name,
        sha256=verdict.sha256,
        claimed_sha256=usable.sha256 if usable else "",
        status=usable.status if usable else None,
        extracted_at=usable.extracted_at if usable else None,
        outcome=submissions.FILE_REJECTED if rejection else submissions.ACCEPTED,
        reason=rejection.code if rejection else None,
        uses_sequence=not verdict.has("checksum") and not verdict.has(submissions.SEQUENCE_USED),
        rows=verdict.rows,
        rejected_records=verdict.rejected,
        warnings=verdict.warnings,
        filled=dict(verdict.filled),
        contract_version=verdict.feed.version if verdict.feed else None,
        key_id=key_id if accepted else None,
        lake_file=accepted.file if accepted else None,
        lake_sha256=accepted.sha256 if accepted else None,
        rejected_file=rejected.file if rejected else None,
        left_out=verdict.left_out if asked else None,
    )
    event = Event(
        kind=f"submission {row.outcome}",
        subject=name.file_name,
        person=acting(),
        detail=rejection.code if rejection else f"{verdict.rows} records, {verdict.rejected} set aside",
    )
    try:
        with ledger.session() as session:
            session.add_all([row, event])
            session.flush()
            for handover in handovers:
                handover.submission_id = row.id
            session.add_all(handovers)
    except IntegrityError:
        return False
    return True


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, path: str) -> None:
    # COPY takes no bound parameter for its target; the path is ours, and a quote in it is doubled all the same.
    connection.execute(sql.replace("$path", "'" + path.replace("'", "''") + "'"))
