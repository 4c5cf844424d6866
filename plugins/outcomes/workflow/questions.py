"""What is measured and from which feeds, how far the data can be trusted, and how unequal the figures are."""

from collections.abc import Mapping

from outcomes.computing.equity import EquityGap, equity_gaps
from outcomes.definitions.feeds import Feed
from outcomes.definitions.feeds import feeds as all_feeds
from outcomes.definitions.measures import Measure
from outcomes.definitions.measures import measures as all_measures
from outcomes.definitions.policy import policy
from outcomes.errors import InputError, SetupError
from outcomes.ledger import Ledger
from outcomes.ledger.figures import latest
from outcomes.maturity import Linked, Maturity
from outcomes.maturity import linked as linked_deaths
from outcomes.maturity import maturity as maturity_of
from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.settings import Settings


def measures(settings: Settings) -> Mapping[str, Measure]:
    """Every measure by id."""
    return all_measures(settings.measures)


def feeds() -> Mapping[str, Feed]:
    """Every feed's contract by name."""
    return all_feeds()


def maturity(settings: Settings, period: str) -> list[Maturity]:
    """How far each expected submission of a month can be trusted; raises InputError for what is no month."""
    with Ledger(settings.database_url).session() as session:
        return maturity_of(session, partnership(settings.organisations), str(Month.parse(period)))


def linked(settings: Settings, period: str) -> list[Linked]:
    """Of each CCG's deaths of a month, how many could be linked. Sensitive."""
    with Ledger(settings.database_url).session() as session:
        return list(linked_deaths(session, str(Month.parse(period))))


def equity(settings: Settings, period: str) -> list[EquityGap]:
    """The equity gap of each measure of the payment set over the twelve months to `period`. Unreleased and sensitive.

    Raises InputError when there is no rolling year to that month, SetupError when the policy names an unknown measure.
    """
    month, known = str(Month.parse(period)), all_measures(settings.measures)
    names = policy(settings.policy).payment.measures
    if unknown := [name for name in names if name not in known]:
        raise SetupError(f"The policy's payment.measures names {unknown[0]!r}, which is no measure: correct it.")
    with Ledger(settings.database_url).session() as session:
        figures = latest(session)
    if figures[(figures["grain"] == "rolling-12") & (figures["period"] == month)].empty:
        raise InputError(f"There is no rolling year to {month}: choose a month with twelve months of figures up to it.")
    stp = partnership(settings.organisations).stp.code
    return equity_gaps(figures, [known[name] for name in names], month, stp)
