"""An object store (S3 and what speaks like it): a folder in a bucket that keeps versions.

Promises that the version that was listed is the one that is fetched, whatever is written under its name meanwhile, and that
nothing is removed or overwritten but our own feedback. Never uses a bucket without versions.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from outcomes.errors import OutcomesError
from outcomes.intake.inbox import Consignment, Listing, StillArriving, sorted_out
from outcomes.intake.names import SubmissionName
from outcomes.intake.sources.connections import PATIENCE, Connections
from outcomes.intake.sources.quarantine import MOST_FETCHED, Quarantine, TooLarge
from outcomes.intake.sources.source import Fetched, Notice, SourceError, Suppliers, gone_wrong

_BLOCK = 8 << 20


class BucketFolder:
    """A folder `path` (`bucket/folder`) of one supplier; feedback goes under `feedback`, in the same form."""

    waits = True

    def __init__(
        self, connections: Connections, connection: str, supplier: str, path: str, feedback: str, quarantine: Path
    ) -> None:
        self.name = f"s3 {connection}:{path}"
        self._connections, self._connection = connections, connection
        self._supplier, self._path, self._feedback = supplier, path.strip("/"), feedback.strip("/")
        self._quarantine = Quarantine(quarantine)
        self._files: Any = None

    def __enter__(self) -> Self:
        self._quarantine.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._files = None
        self._quarantine.__exit__()

    def look(self, suppliers: Suppliers = None) -> Listing:
        with self._talking("cannot be listed") as files:
            entries = files.ls(self._path, detail=True, refresh=True)
        found = []
        for entry in entries:
            name = entry["name"].removeprefix(f"{self._path}/")
            if not name:
                continue
            if entry["type"] == "file" and entry.get("VersionId") in (None, "null"):
                raise SourceError(
                    f"The bucket of the source {self.name} keeps no versions, so a file could change while it is fetched: "
                    "switch versioning on, and have the files that lie there sent again."
                )
            found.append((name, f"{name} {entry['VersionId']} {entry['size']}" if entry["type"] == "file" else None))
        return sorted_out(found, self._supplier.__eq__)

    def fetch(self, consignment: Consignment) -> Fetched:
        checksum = self._copy(consignment.checksum) if consignment.checksum else None
        return Fetched(self._copy(consignment.file), self._copy(consignment.manifest), checksum)

    def _copy(self, called: str) -> Path:
        name, version, size = called.split(" ")
        if int(size) > MOST_FETCHED:
            raise TooLarge
        got = 0
        with self._talking("broke off") as files, self._quarantine.receiving() as (target, whole):
            with files.open(
                f"{self._path}/{name}", "rb", version_id=version, block_size=_BLOCK, fill_cache=False
            ) as stream:
                while block := stream.read(_BLOCK):
                    got += target.write(block)
            if got != int(size):
                raise StillArriving
        return whole

    def acknowledge(self, item: str) -> None:
        """The files stay where they are; the feedback tells the supplier."""

    def reply(self, name: SubmissionName, report: Sequence[Path]) -> None:
        with self._talking("does not take the feedback") as files:
            for file in report:
                files.pipe_file(f"{self._feedback}/{file.name}", file.read_bytes())

    def notices(self) -> Sequence[Notice]:
        return ()

    @contextmanager
    def _talking(self, trouble: str) -> Iterator[Any]:
        try:
            if self._files is None:
                self._files = self._connect()
            yield self._files
        except (StillArriving, TooLarge, OutcomesError):
            raise
        # What aiobotocore raises has no class in common.
        except Exception as error:
            if isinstance(error, FileNotFoundError | PermissionError) and trouble == "broke off":
                raise
            self._files = None
            raise gone_wrong(self.name, trouble, error) from None

    def _connect(self) -> Any:
        try:
            from s3fs import S3FileSystem
        except ImportError:
            raise SourceError("Sources in an object store need s3fs: install outcomes with the extra s3.") from None

        connection = self._connections.get(self._connection)
        extra = connection.extra
        given = {"endpoint_url": extra.get("endpoint_url"), "region_name": extra.get("region_name")}
        return S3FileSystem(
            # Without a login the machine's own role is used.
            key=connection.login or None,
            secret=connection.password or None,
            client_kwargs={name: value for name, value in given.items() if value},
            config_kwargs={"connect_timeout": PATIENCE, "read_timeout": PATIENCE, "retries": {"max_attempts": 2}},
            version_aware=True,
            use_listings_cache=False,
            skip_instance_cache=True,
        )


def bucket_path(address: str) -> str:
    """`bucket/folder` of `s3://bucket/folder`; raises SourceError for anything else."""
    path = address.removeprefix("s3://").strip("/")
    if path == address.strip("/") or not path or ".." in path.split("/"):
        raise SourceError(f"{address!r} is no address in an object store: write it like s3://bucket/folder.")
    return path
