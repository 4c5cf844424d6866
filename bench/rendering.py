"""What an edition's rendering costs: the whole command, and the seven PDFs alone.

Owns these measurements, each of a process of its own. Promises that what is measured alone writes nothing. As a script it
renders the PDFs of a month whose edition is released and prints what they took without the start of the process:

    OUTCOMES_HOME=... OUTCOMES_PSEUDONYM_KEY=... .venv/bin/python bench/rendering.py 2019-03
"""

import os
import resource
import sys
import time

from measuring import Cost, cost_of

from outcomes.ledger import Ledger
from outcomes.scorecards import render_pdf
from outcomes.settings import Settings
from outcomes.workflow.contexts import contents_of
from outcomes.workflow.editions import edition_of


def rendered(settings: Settings, period: str) -> dict[str, Cost]:
    """What `outcomes render` costs, with all its files, and the PDFs alone."""
    home = {
        "OUTCOMES_HOME": str(settings.home),
        "OUTCOMES_DATABASE_URL": settings.database_url,
        "OUTCOMES_PSEUDONYM_KEY": os.urandom(32).hex(),
    }
    alone = cost_of([sys.executable, __file__, period], home)
    whole = cost_of([sys.executable, "-m", "outcomes", "render", "--period", period], home)
    return {"all files: PDFs, web pages, CSV, JSON, FHIR": whole, "the seven PDFs alone, each held to its check": alone}


def main(period: str) -> None:
    settings = Settings.load()
    with Ledger(settings.database_url).session() as session:
        contents = contents_of(session, edition_of(session, period, None))
    start = time.process_time()
    size = sum(len(render_pdf(contents, area.code)) for area in contents.context.areas)
    seconds, megabytes = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(contents.context.areas)} PDFs, {size:,} bytes: {seconds:.1f} processor seconds, {megabytes:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1])
