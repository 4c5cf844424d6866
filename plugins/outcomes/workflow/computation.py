"""Figures: compute them, read the latest, say what moved."""

import pandas as pd

from outcomes.computing.compute import Computed
from outcomes.computing.compute import compute as compute_figures
from outcomes.definitions.measures import measures as all_measures
from outcomes.errors import InputError
from outcomes.lake import Lake
from outcomes.ledger import Ledger
from outcomes.ledger.figures import latest
from outcomes.organisations import partnership
from outcomes.periods import today
from outcomes.revisions import Revision, revision
from outcomes.settings import Settings
from outcomes.version import code_version

COLUMNS = [
    "measure",
    "area",
    "grain",
    "period",
    "stratum",
    "stratum_value",
    "denominator",
    "numerator",
    "value",
    "lower",
    "upper",
    "state",
]


def compute(settings: Settings, *, to: str | None = None) -> Computed:
    """Compute every figure up to a month (`YYYY-MM`; the latest with deaths when None) from what is in force."""
    return compute_figures(
        Ledger(settings.database_url),
        Lake(settings.lake),
        partnership(settings.organisations),
        to=to,
        today=today(),
        code_version=code_version(),
        measures_folder=settings.measures,
    )


def revised(settings: Settings, computation_id: int) -> Revision:
    """What a computation moved, and which submissions were new in it. Sensitive."""
    with Ledger(settings.database_url).session() as session:
        return revision(session, computation_id)


def figures(settings: Settings, measure: str | None = None) -> pd.DataFrame:
    """The latest computed figures, unreleased and sensitive, in full precision; columns as COLUMNS.

    Counts are whole where they are counts; empty where there is none. Raises InputError for an unknown measure.
    """
    if measure is not None and measure not in all_measures(settings.measures):
        raise InputError(f"There is no measure {measure}: `outcomes measures` lists them.")
    with Ledger(settings.database_url).session() as session:
        found = latest(session, measure)[COLUMNS]
    found["denominator"] = found["denominator"].astype("Int64")
    return found
