"""Fifteen months of synthetic extracts with everything wrong that the definitions have an answer for.

Two folders: `received`, the feeds that the published measures read, which the product really receives; and `others`, the
feeds that none of them reads, of which only counts who sent what.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

from alternative_submissions import KEYS, is_nhs_number

from outcomes.periods import Month
from outcomes.synthetic import write_extracts

FIRST, LAST = Month(2017, 4), Month(2018, 6)
Row = dict[str, str]
Change = Callable[[list[Row]], list[Row] | None]


class Extracts:
    """The files of an inbox, to be spoiled one by one."""

    def __init__(self, folder: Path) -> None:
        self.received, self.others = folder / "received", folder / "others"
        self.others.mkdir(parents=True)
        write_extracts(self.received, FIRST, LAST, scale=0.05, seed=7)
        self._keep_the_last_sequences()

    def path(self, feed: str, supplier: str, period: str) -> Path:
        folder = self.received if feed in KEYS else self.others
        return max(folder.glob(f"{feed}_{supplier}_{period}_*.csv"))

    def remove(self, feed: str, supplier: str, period: str) -> None:
        path = self.path(feed, supplier, period)
        manifest(path).unlink()
        path.unlink()

    def rows(self, feed: str, supplier: str, period: str) -> list[Row]:
        return list(csv.DictReader(self.path(feed, supplier, period).read_text().splitlines()))

    def change(self, feed: str, supplier: str, period: str, change: Change) -> None:
        """Write the submission anew with the rows changed (in place, or those returned)."""
        rows = self.rows(feed, supplier, period)
        self.write(self.path(feed, supplier, period), change(rows) or rows)

    def resubmit(self, feed: str, supplier: str, period: str, change: Change, **wrong: str) -> None:
        """Send a month again with the next sequence; `wrong` overrides what the manifest says."""
        before = self.path(feed, supplier, period)
        *name, sequence = before.stem.split("_")
        after = before.with_name(f"{'_'.join(name)}_{int(sequence) + 1}.csv")
        manifest(after).write_text(manifest(before).read_text())
        rows = self.rows(feed, supplier, period)
        self.write(after, change(rows) or rows, sequence=int(sequence) + 1, **wrong)

    def write(self, path: Path, rows: list[Row], **says: str | int) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue())
        told = json.loads(manifest(path).read_text()) if manifest(path).exists() else {}
        facts = {"rows": len(rows), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        manifest(path).write_text(json.dumps({**told, **facts, **says}))

    def _keep_the_last_sequences(self) -> None:
        """Two of three files are provisional ones that were replaced; a few stay, to be passed over."""
        for path in sorted(self.received.glob("*.csv")):
            feed, supplier, period, sequence = path.stem.rsplit("_", 3)
            later = path.with_name(f"{feed}_{supplier}_{period}_{int(sequence) + 1}.csv")
            if feed not in KEYS:
                manifest(path).rename(self.others / manifest(path).name)
                path.rename(self.others / path.name)
            elif later.exists() and (supplier, period) != ("05W", "2018-02"):
                manifest(path).unlink()
                path.unlink()


def manifest(path: Path) -> Path:
    return path.with_name(f"{path.name}.manifest.json")


def damage(extracts: Extracts) -> None:
    """One of everything."""
    _what_is_missing(extracts)
    _what_was_sent_again(extracts)
    _what_was_registered_strangely(extracts)
    _whose_record_is_it(extracts)


def _what_is_missing(extracts: Extracts) -> None:
    extracts.remove("deaths", "05D", "2017-09")
    extracts.remove("deaths", "05V", "2017-04")
    for ccg in ("04Y", "05D", "05G", "05Q", "05V", "05W"):
        extracts.remove("deaths", ccg, "2017-12")
    extracts.remove("admissions", "RJE", "2017-11")
    extracts.remove("epaccs", "05W", "2017-08")
    # One hospice never sent its final file for May 2017.
    hospice = extracts.path("hospice_care", "HDM", "2017-05")
    manifest(hospice).unlink()
    hospice.unlink()


def _what_was_sent_again(extracts: Extracts) -> None:
    def fewer_and_elsewhere(rows: list[Row]) -> list[Row]:
        rows[0] |= {"pod_code": "E", "pod_nhs_establishment": "", "pod_establishment_type": ""}
        return rows[:-2]

    extracts.resubmit("deaths", "05W", "2017-06", fewer_and_elsewhere)
    # This one is rejected, so what was there before stays in force.
    extracts.resubmit("deaths", "05Q", "2017-06", fewer_and_elsewhere, sha256="0" * 64)
    # A flex after a freeze replaces it all the same, and makes the month provisional again.
    extracts.resubmit("admissions", "RL4", "2017-07", lambda rows: rows[:-5], status="flex")


def _what_was_registered_strangely(extracts: Extracts) -> None:
    def registered(row: Row, period: str, **fields: str) -> Row:
        return {**row, "date_of_registration": f"{period}-20", **fields}

    def also(*more: Row) -> Change:
        return lambda rows: [*rows, *more]

    may = extracts.rows("deaths", "05G", "2017-05")
    extracts.change("deaths", "05G", "2017-08", also(registered(may[0], "2017-08", cancelled_flag="Y")))
    # Registered ten months late; and late for a month that the CCG never sent.
    late = {"date_of_death": "2017-05-03", "registration_id": "LATE1"}
    extracts.change("deaths", "05V", "2018-02", also(registered(may[1], "2018-02", **late, nhs_number="")))
    late = {"date_of_death": "2017-09-03", "registration_id": "LATE2", "ccg_of_registration": "05D"}
    extracts.change("deaths", "05D", "2018-02", also(registered(may[1], "2018-02", **late, nhs_number="")))
    # The same people again, under other numbers and by another CCG: the earlier registration counts, unless cancelled.
    linked = [row for row in may[3:] if is_nhs_number(row["nhs_number"])]
    again = {"ccg_of_registration": "05D"}
    extracts.change(
        "deaths",
        "05D",
        "2017-07",
        also(
            registered(linked[0], "2017-07", registration_id="A-AGAIN", **again),
            registered(linked[1], "2017-07", registration_id="B-AGAIN", **again),
            registered(linked[1], "2017-07", registration_id="C-AGAIN", **again, age_at_death="64"),
        ),
    )
    extracts.change("deaths", "05G", "2017-09", also(registered(linked[1], "2017-09", cancelled_flag="Y")))
    # The same registration, a month later with the right NHS number: first not linked, then linked.
    july = extracts.rows("deaths", "05W", "2017-07")
    right = next(row for row in july if is_nhs_number(row["nhs_number"]))
    number = right["nhs_number"]
    wrong = {**right, "nhs_number": number[:9] + str((int(number[9]) + 1) % 10)}
    extracts.change("deaths", "05W", "2017-07", lambda rows: [wrong if r == right else r for r in rows])
    extracts.change("deaths", "05W", "2017-10", also(registered(right, "2017-10")))
    # One registration, two CCGs, the same month and sequence: the last CCG's stands.
    one = registered(may[2], "2018-03", registration_id="TWO-CCGS", nhs_number="", date_of_death="2018-03-02")
    extracts.change("deaths", "05Q", "2018-03", also({**one, "pod_code": "H", "ccg_of_registration": "05Q"}))
    extracts.change("deaths", "05V", "2018-03", also({**one, "pod_code": "E", "ccg_of_registration": "05V"}))
    # A child, somebody from elsewhere, and somebody who only lived here.
    odd = [
        {"registration_id": "CHILD", "age_at_death": "17"},
        {"registration_id": "ADULT", "age_at_death": "18", "sex": "9", "imd_decile": ""},
        {"registration_id": "AWAY", "ccg_of_registration": "99X", "ccg_of_residence": ""},
        {"registration_id": "LIVED", "ccg_of_registration": "99X", "ccg_of_residence": "04Y"},
    ]
    none = {"nhs_number": "", "date_of_death": "2018-03-02"}
    extracts.change("deaths", "05G", "2018-03", also(*(registered(may[2], "2018-03", **none, **o) for o in odd)))


def _whose_record_is_it(extracts: Extracts) -> None:
    months = [str(FIRST + n) for n in range(15)]
    the_dead = [
        row["nhs_number"]
        for month in months
        if month != "2017-12"
        for row in extracts.rows("deaths", "05W", month)
        if is_nhs_number(row["nhs_number"])
    ]
    somebody, another = the_dead[10], the_dead[20]

    def mixed_up(rows: list[Row]) -> None:
        """Spells of the dead get a first episode of somebody else's, of nobody's, or another's in between."""
        firsts = [r for r in rows if r["nhs_number"] in set(the_dead) and r["episode_number"] == "1"]
        for n, first in enumerate(firsts):
            number, dates = first["nhs_number"], dict(first)
            first["nhs_number"] = [number, somebody, "", number][n % 4]
            rows.append({**dates, "episode_number": "2", "nhs_number": [another, number, number, ""][n % 4]})

    for month in ("2017-10", "2018-01", "2018-04"):
        extracts.change("admissions", "RJE", month, mixed_up)

    # A stay that was reported as ended comes again next month: longer, and for another person.
    stays = [r for r in extracts.rows("admissions", "RTG", "2018-02") if r["nhs_number"] in set(the_dead)]
    longer = {"discharge_date": "2018-03-04", "episode_end_date": "2018-03-04"}
    corrected = [{**row, **longer, "nhs_number": [somebody, ""][n % 2]} for n, row in enumerate(stays)]
    extracts.change("admissions", "RTG", "2018-03", lambda rows: [*rows, *corrected])

    # An entry on the register turns out to be another person's.
    entry = next(r for r in extracts.rows("palliative_register", "05W", "2018-05") if r["removal_date"] == "")
    extracts.change(
        "palliative_register",
        "05W",
        "2018-06",
        lambda rows: [{**r, "nhs_number": another} if r["entry_id"] == entry["entry_id"] else r for r in rows],
    )
