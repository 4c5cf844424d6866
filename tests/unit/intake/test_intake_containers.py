"""Containers: gzip and zip are unpacked safely or refused with a sentence, and the content must be what the name says."""

import gzip
import io
import zipfile
from typing import Literal

import duckdb
import pytest

from outcomes.intake import unpacking
from outcomes.intake.agreements import Agreement
from outcomes.intake.limits import Unreadable
from outcomes.intake.reading import read_csv
from outcomes.intake.unpacking import unpack
from unit.intake.suppliers import as_csv, check
from unit.intake.valid_records import many

SURVEY = "bereavement_survey"
NOTHING_AGREED = Agreement("05W")
CONTENT = as_csv(many(SURVEY, 2))


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


class TestContainers:
    @pytest.mark.parametrize(
        ("container", "data"),
        [
            ("csv", CONTENT),
            ("csv.gz", gzip.compress(CONTENT)),
            ("csv.gz", gzip.compress(CONTENT[:40]) + gzip.compress(CONTENT[40:])),
            ("zip", zipped(("extract.csv", CONTENT))),
            ("zip", zipped(("Any name, really.csv", CONTENT), method=zipfile.ZIP_STORED)),
        ],
        ids=["csv", "gz", "gz in two members", "zip", "zip stored"],
    )
    def test_the_csv_within_is_read(self, container: Literal["csv", "csv.gz", "zip"], data: bytes) -> None:
        assert unpack(data, container, NOTHING_AGREED) == CONTENT

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (zipped(("a.csv", CONTENT), ("b.csv", CONTENT)), "has 2 entries"),
            (zipped(), "has 0 entries"),
            (zipped(("../a.csv", CONTENT)), "plain name"),
            (zipped(("folder/a.csv", CONTENT)), "plain name"),
            (zipped(("/a.csv", CONTENT)), "plain name"),
            (zipped(("..\\a.csv", CONTENT)), "plain name"),
            (zipped(("C:a.csv", CONTENT)), "plain name"),
            (zipped(("a.xlsx", CONTENT)), "plain name"),
            (zipped(("a.csv/", b"")), "plain name"),
            (zipped(("a.csv", CONTENT), method=zipfile.ZIP_LZMA), "unusual method"),
            (zipped(("a.csv", CONTENT), method=zipfile.ZIP_BZIP2), "unusual method"),
            (zipped(("a.csv", CONTENT))[:-30], "not a whole zip"),
            (CONTENT, "not a whole zip"),
            (gzip.compress(CONTENT), "not a whole zip"),
        ],
        ids=[
            "two members", "none", "traversal", "in a folder", "absolute", "backslash", "drive", "not a csv", "folder",
            "lzma", "bzip2", "truncated", "a plain csv", "a gzip archive",
        ],
    )  # fmt: skip
    def test_a_zip_has_exactly_one_csv_under_a_plain_name(self, data: bytes, sentence: str) -> None:
        with pytest.raises(Unreadable, match=sentence):
            unpack(data, "zip", NOTHING_AGREED)

    def test_an_encrypted_zip_is_refused(self) -> None:
        data = bytearray(zipped(("a.csv", CONTENT), method=zipfile.ZIP_STORED))
        central = data.index(b"PK\x01\x02")
        data[6] |= 1  # general purpose flag of the local header, and of the central directory
        data[central + 8] |= 1
        with pytest.raises(Unreadable, match="encrypted and no password is agreed"):
            unpack(bytes(data), "zip", NOTHING_AGREED)

    @pytest.mark.parametrize("data", [gzip.compress(CONTENT)[:-9], gzip.compress(CONTENT)[:5], CONTENT, b""])
    def test_a_broken_gzip_is_refused(self, data: bytes) -> None:
        with pytest.raises(Unreadable):
            read_csv(unpack(data, "csv.gz", NOTHING_AGREED))

    @pytest.mark.parametrize("container", ["csv.gz", "zip"])
    def test_more_than_200_times_its_packed_size_is_a_bomb_above_10_mib(
        self, container: Literal["csv.gz", "zip"]
    ) -> None:
        def packed(size: int) -> bytes:
            data = b"\n" * size
            return gzip.compress(data) if container == "csv.gz" else zipped(("a.csv", data))

        assert len(unpack(packed(10 << 20), container, NOTHING_AGREED)) == 10 << 20
        with pytest.raises(Unreadable, match="more than 200 times its size"):
            unpack(packed((10 << 20) + 1), container, NOTHING_AGREED)

    def test_a_zip_cannot_hide_a_bomb_by_claiming_a_large_packed_size(self) -> None:
        data = bytearray(zipped(("a.csv", b"\n" * (11 << 20))))
        central = data.index(b"PK\x01\x02")
        data[central + 20 : central + 24] = (1 << 24).to_bytes(4, "little")
        with pytest.raises(Unreadable):
            unpack(bytes(data), "zip", NOTHING_AGREED)

    @pytest.mark.parametrize("container", ["csv.gz", "zip"])
    def test_more_than_the_largest_size_unpacked_is_refused(
        self, container: Literal["csv.gz", "zip"], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(unpacking, "MAX_BYTES", len(CONTENT) - 1)  # 1 GiB would be slow to make
        data = gzip.compress(CONTENT) if container == "csv.gz" else zipped(("a.csv", CONTENT))
        with pytest.raises(Unreadable, match="larger than 1 GiB"):
            unpack(data, container, NOTHING_AGREED)

    @pytest.mark.parametrize(
        ("data", "kind"),
        [
            (gzip.compress(CONTENT), "gzip"),
            (zipped(("a.csv", CONTENT)), "zip archive or an Excel workbook"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
            (b"%PDF-1.7\n", "PDF"),
        ],
    )
    @pytest.mark.parametrize("container", ["csv", "csv.gz", "zip"])
    def test_the_content_must_be_what_the_name_says(
        self, container: Literal["csv", "csv.gz", "zip"], data: bytes, kind: str
    ) -> None:
        sent = {"csv": data, "csv.gz": gzip.compress(data), "zip": zipped(("a.csv", data))}[container]
        with pytest.raises(Unreadable, match=kind):
            read_csv(unpack(sent, container, NOTHING_AGREED))

    def test_a_refused_file_is_a_file_rejection_with_the_sentence(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = check(SURVEY, CONTENT, name=f"{SURVEY}_05W_2018-04_1.zip", bench=bench)
        assert report.rejected_for == "unreadable"
        assert "not a whole zip archive" in report.feedback.verdict
