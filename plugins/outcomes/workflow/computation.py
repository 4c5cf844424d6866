"""Figures: compute them, read the latest, say what moved and how unequal they are."""

import pandas as pd
from sqlalchemy import func, select

from outcomes.computing.compute import Computed
from outcomes.computing.compute import compute as compute_figures
from outcomes.computing.equity import EquityGap, equity_gaps
from outcomes.definitions.measures import measures as all_measures
from outcomes.definitions.policy import policy
from outcomes.errors import InputError, SetupError
from outcomes.lake import Lake
from outcomes.ledger import Computation, FigureRow, Ledger
from outcomes.ledger.figures import KEY, latest
from outcomes.organisations import partnership
from outcomes.periods import Month, today
from outcomes.revisions import Revision, revision
from outcomes.settings import Settings
from outcomes.version import code_version

COLUMNS = [*KEY, "denominator", "numerator", "value", "lower", "upper", "state"]


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


def revisions(settings: Settings, computation_id: int | None = None) -> Revision:
    """What a computation (the latest when None) moved, and which submissions were new in it. Sensitive.

    Raises InputError when there is no such computation.
    """
    with Ledger(settings.database_url).session() as session:
        newest = session.scalar(select(func.max(Computation.id)))
        asked = newest if computation_id is None else computation_id
        if asked is None or session.get(Computation, asked) is None:
            raise InputError(f"There is no computation {asked or 'yet'}: the latest is {newest or 'still to be made'}.")
        return revision(session, asked, all_measures(settings.measures), partnership(settings.organisations))


def figures(settings: Settings, measure: str | None = None) -> pd.DataFrame:
    """The latest computed figures, unreleased and sensitive, in full precision; columns as COLUMNS.

    Counts are whole where they are counts; empty where there is none. Raises InputError for an unknown measure.
    """
    found = _latest(settings, measure)[COLUMNS]
    found["denominator"] = found["denominator"].astype("Int64")
    return found


def left_out(settings: Settings, measure: str | None = None) -> pd.DataFrame:
    """Whom the latest figures leave out of their denominators, and why: KEY, kind, reason, count. Sensitive.

    `kind` is `denominator_exceptions` (the person's own choice or inability) or `excluded` (cannot count, by definition).
    Raises InputError for an unknown measure.
    """
    found = _latest(settings, measure)
    found = found[found["left_out"] != ""]
    found = found.assign(left_out=found["left_out"].str.split("; ")).explode("left_out")
    parts = found["left_out"].str.extract(r"(?P<kind>\w+): (?P<reason>.*): (?P<count>\d+)")
    parts["kind"] = parts["kind"].replace("exception", "denominator_exceptions")
    return pd.concat([found[KEY], parts], axis=1).reset_index(drop=True)


def equity(settings: Settings, period: str) -> list[EquityGap]:
    """The equity gap of each measure of the payment set over the twelve months to `period`. Unreleased and sensitive.

    Raises InputError when there is no rolling year to that month, SetupError when the policy names an unknown measure.
    """
    month, known = str(Month.parse(period)), all_measures(settings.measures)
    names = policy(settings.policy).payment.measures
    if unknown := [name for name in names if name not in known]:
        raise SetupError(f"The policy's payment.measures names {unknown[0]!r}, which is no measure: correct it.")
    found = _latest(settings, None)
    if found[(found["grain"] == "rolling-12") & (found["period"] == month)].empty:
        raise InputError(f"There is no rolling year to {month}: choose a month with twelve months of figures up to it.")
    stp = partnership(settings.organisations).stp.code
    return equity_gaps(found, [known[name] for name in names], month, stp)


def _latest(settings: Settings, measure: str | None) -> pd.DataFrame:
    if measure is not None and measure not in all_measures(settings.measures):
        raise InputError(f"There is no measure {measure}: `outcomes measures` lists them.")
    with Ledger(settings.database_url).session() as session:
        return latest(session, *([] if measure is None else [FigureRow.measure == measure]))
