"""Which source a supplier sends by, as config/organisations.toml has it.

Owns the step from an entry there to a source. Promises that a supplier who has a source of its own is taken in from there
alone. Never opens one.
"""

import posixpath
from collections.abc import Collection, Iterator
from pathlib import Path

from outcomes.intake.sources.connections import Connections
from outcomes.intake.sources.drop_folder import DropFolder
from outcomes.intake.sources.mesh import Mailbox
from outcomes.intake.sources.object_store import BucketFolder, bucket_path
from outcomes.intake.sources.sftp import SftpFolder
from outcomes.intake.sources.source import Source, Suppliers
from outcomes.organisations import Organisation, Partnership, SourceEntry


def sources(
    known: Partnership,
    connections: Connections,
    inbox: Path,
    quarantine: Path,
    suppliers: Suppliers = None,
    left_to_others: Collection[str] = (),
) -> Iterator[tuple[Suppliers, Source]]:
    """Every source (or those of some suppliers) with whose submissions to look for there: None for all that it has.

    `left_to_others` are the workflows of MESH in our mailbox that are no supplier's.
    """
    own = [s.code for s in known.suppliers if has_its_own(s)]
    common = None if suppliers is None else [code for code in suppliers if code not in own]
    if common is None or common:
        yield common, DropFolder(inbox, elsewhere=own)
    for each in known.suppliers:
        if each.code in own and (suppliers is None or each.code in suppliers):
            yield [each.code], source_of(each, known, connections, quarantine, left_to_others)


def has_its_own(supplier: Organisation) -> bool:
    """Whether a supplier sends otherwise than into the common drop folder."""
    return supplier.source != SourceEntry()


def source_of(
    supplier: Organisation,
    known: Partnership,
    connections: Connections,
    quarantine: Path,
    left_to_others: Collection[str] = (),
) -> Source:
    """The source of a supplier that has one of its own."""
    entry = supplier.source
    if entry.kind == "sftp":
        feedback = entry.feedback or posixpath.join(posixpath.dirname(entry.path.rstrip("/")), "feedback")
        return SftpFolder(connections, entry.connection, supplier.code, entry.path, feedback, quarantine)
    if entry.kind == "s3":
        path = bucket_path(entry.path)
        feedback = bucket_path(entry.feedback) if entry.feedback else f"{posixpath.dirname(path) or path}/feedback"
        return BucketFolder(connections, entry.connection, supplier.code, path, feedback, quarantine)
    if entry.kind == "mesh":
        partners = {s.source.mailbox for s in known.suppliers if s.source.connection == entry.connection}
        return Mailbox(
            connections, entry.connection, supplier.code, entry.mailbox, partners, quarantine, left_to_others
        )
    return DropFolder(Path(entry.path))
