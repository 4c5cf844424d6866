"""Landing a checked submission: its records into the lake, its outcome into the ledger.

Owns the order that makes a kill harmless: files first, whole and under names made from their content, then one ledger
transaction that makes them count. Never overwrites or removes what another submission left.
"""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.exc import IntegrityError

from outcomes.acting import acting
from outcomes.intake.checking import Checked
from outcomes.intake.names import Manifest
from outcomes.lake import Lake, Stored
from outcomes.ledger import Event, Handover, Ledger, Submission, submissions

_ROW_GROUP = 122_880


def land(lake: Lake, verdict: Checked, key_id: str) -> tuple[Stored, Stored | None]:
    """Write the accepted records, and the rejected ones where there are any; raises SetupError when that is impossible.

    Each file says under which key its pseudonyms are.
    """
    name, judged = verdict.name, verdict.judged
    assert judged is not None
    stem = f"{name.supplier}-{name.sequence}"

    def write(records: pa.Table) -> Callable[[str], None]:
        keys = {"supplier": name.supplier, "period": name.period, "sequence": pa.scalar(name.sequence, pa.int32())}
        for key, value in keys.items():
            records = records.append_column(key, pa.repeat(value, records.num_rows))
        return lambda path: write_records(records, path, key_id)

    accepted = lake.store(f"{name.feed}/{name.period}", stem, write(judged.accepted))
    if not judged.rejected:
        return accepted, None
    return accepted, lake.store(f"rejected/{name.feed}/{name.period}", stem, write(judged.set_aside))


def write_records(records: pa.Table, path: str, key_id: str) -> None:
    """Write a file of the lake, with the id of its pseudonyms' key in its metadata: the same bytes for the same records."""
    # Read a hundred times as often as written: zstd's files are half the size and cost a quarter more to load.
    options = {"compression": "lz4", "store_decimal_as_integer": True, "store_schema": False}
    with pq.ParquetWriter(path, records.schema, **options) as file:
        # Put together a group at a time: the bytes must not depend on how the engine cut the records up.
        for start in range(0, max(1, records.num_rows), _ROW_GROUP):
            file.write_table(records.slice(start, _ROW_GROUP).combine_chunks())
        file.add_key_value_metadata({"pseudonym_key_id": key_id})


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
