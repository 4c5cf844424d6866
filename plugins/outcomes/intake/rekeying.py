"""One submission's records under another pseudonym key: the file that was sent gives the NHS numbers once more.

Owns the step from old pseudonyms to new ones. Promises that nothing else of a record changes, and that every old
pseudonym was proven to be that of the number in the same row of the file that was sent before a new one takes its
place. Never judges a record anew, and never writes to the ledger.
"""

from collections.abc import Sequence
from datetime import date

import duckdb

from outcomes.errors import SafetyRefusal
from outcomes.intake import contract
from outcomes.intake.agreements import Agreement
from outcomes.intake.checking import checked
from outcomes.intake.inbox import Sent
from outcomes.intake.landing import write_records
from outcomes.intake.masking import nhs_number_is_valid
from outcomes.intake.names import SubmissionName
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.lake import Lake, Stored
from outcomes.ledger import Submission
from outcomes.organisations import Partnership


def rekeyed(
    lake: Lake,
    bench: duckdb.DuckDBPyConnection,
    submission: Submission,
    sent: Sent,
    partnership: Partnership,
    before: Pseudonyms,
    after: Pseudonyms,
    agreement: Agreement,
) -> tuple[Stored, Stored | None]:
    """Write a submission's files of the lake once more, under the key `after`; the old ones stay.

    Raises SafetyRefusal when the file that was sent and the lake do not tell of the same people.
    """
    name = SubmissionName.parse(submission.file_name)
    assert name is not None
    # As of no day in particular: the file was judged when it came.
    with checked(bench, name, sent, None, partnership, date.max, after, agreement=agreement) as verdict:
        if verdict.judged is None or verdict.feed is None:
            raise SafetyRefusal(
                f"{submission.file_name} cannot be read any more by this version, so nothing was changed: withdraw it, "
                "or change "
                "the key with the version that landed it."
            )
        texts = contract.free_text(verdict.feed)
        _recall(bench, verdict.judged.texts, before, "recalled", texts)
        _recall(bench, verdict.judged.texts, after, "coming", texts)
        stem = f"{submission.supplier}-{submission.sequence}"
        folder = f"{submission.feed}/{submission.period}"
        accepted = _again(lake, bench, submission, submission.lake_file or "", folder, stem, after, texts)
        if not submission.rejected_file:
            return accepted, None
        return accepted, _again(
            lake, bench, submission, submission.rejected_file, f"rejected/{folder}", stem, after, ()
        )


def _recall(
    connection: duckdb.DuckDBPyConnection, sent: str, pseudonyms: Pseudonyms, table: str, texts: Sequence[str]
) -> None:
    """What a key gives for each row of the file that was sent, as a table: row, person_id and the supplier's own columns."""
    columns = "".join(f", {pseudonyms.text(c)} as {c}" for c in texts)
    person = pseudonyms.person_id(nhs_number_is_valid("nhs_number"), "nhs_number")
    _with(
        connection,
        f"create or replace temp table {table} as select row, {person} as person_id{columns} from ({sent})",
        pseudonyms,
    )


def _again(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    submission: Submission,
    file: str,
    folder: str,
    stem: str,
    after: Pseudonyms,
    texts: Sequence[str],
) -> Stored:
    lake.open_to(connection)
    connection.execute("create or replace temp table kept as from read_parquet(?)", lake.addresses([file]))
    ((strange,),) = connection.execute(
        "select count(*) from kept left join recalled r on r.row = kept.file_row "
        "where r.row is null or kept.person_id is distinct from r.person_id"
    ).fetchall()
    if strange:
        raise SafetyRefusal(
            f"{strange} records of {submission.name} in the lake are not those of {submission.file_name} under the key "
            "before, so "
            "nothing was changed: check OUTCOMES_PSEUDONYM_KEY_BEFORE."
        )
    changed = ["n.person_id as person_id"]
    changed += [f"case when k.{c} = r.{c} then n.{c} else k.{c} end as {c}" for c in texts]
    connection.execute(
        f"create or replace temp table anew as select k.* replace ({', '.join(changed)}) from kept k "
        "join coming n on n.row = k.file_row join recalled r on r.row = k.file_row order by k.file_row"
    )

    records = connection.sql("from anew order by file_row").to_arrow_table()
    try:
        return lake.store(folder, stem, lambda path: write_records(records, path, after.key_id))
    finally:
        for table in ("kept", "anew"):
            connection.execute(f"drop table if exists {table}")


def _with(connection: duckdb.DuckDBPyConnection, sql: str, pseudonyms: Pseudonyms) -> None:
    """Execute with those of the key's parameters that the SQL uses."""
    statement = connection.extract_statements(sql)[0]
    connection.execute(statement, {k: v for k, v in pseudonyms.parameters.items() if k in statement.named_parameters})
