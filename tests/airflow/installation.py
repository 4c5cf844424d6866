"""An installation with a history: two editions, an approval, letters sent and one unknown, files rejected."""

import sqlite3
from pathlib import Path

from services.mail_server import MailServer
from shell import MONTH, Shell, copy_of, manifest

# Whose last file of the month is rejected: two CCGs' and a provider's, by feed.
REJECTED = (("deaths", "05W"), ("deaths", "05D"), ("admissions", "RJE"))
LATER = "2018-05"
REASON = "header"


def with_a_history(published: Shell, inbox: Path, folder: Path) -> Shell:
    """A copy of an installation with edition 1 of MONTH, let go and delivered, and then edition 1 of the month after."""
    folder.mkdir()
    shell = copy_of(published, folder)
    shell.do("approve", "--period", MONTH, "--by", "Ann Other")
    with MailServer() as relay:
        through = {name: str(value) for name, value in relay.settings().items()}
        shell.set(**through).do("deliver", "--period", MONTH)
    _lost(shell, "05W")
    broken = folder / "broken"
    broken.mkdir()
    for feed, supplier in REJECTED:
        _break(inbox, broken, feed, supplier)
    received = shell("receive", "--inbox", broken)
    assert "3 rejected" in received.out, received
    shell.do("release", "--period", LATER)
    return shell


def _break(inbox: Path, folder: Path, feed: str, supplier: str) -> None:
    """The last file of the month once more, with its first column called otherwise."""
    last = max(inbox.glob(f"{feed}_{supplier}_{MONTH}_*.csv"))
    sequence = int(last.stem.rsplit("_", 1)[1]) + 1
    again = folder / f"{feed}_{supplier}_{MONTH}_{sequence}.csv"
    again.write_bytes(b"not_" + last.read_bytes())
    manifest(again)


def _lost(shell: Shell, area: str) -> None:
    """As if the connection had broken while the relay took the letter."""
    with sqlite3.connect(shell.home / "ledger.sqlite") as ledger:
        ledger.execute("update deliveries set state = 'unknown', sent_at = null where area = ?", (area,))
    ledger.close()
