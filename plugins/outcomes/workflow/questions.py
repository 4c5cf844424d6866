"""What is measured, from which feeds, and where a printed figure comes from (told by the disclosure room)."""

from collections.abc import Mapping

from outcomes.definitions.feeds import Feed
from outcomes.definitions.feeds import feeds as all_feeds
from outcomes.definitions.measures import Measure
from outcomes.definitions.measures import measures as all_measures
from outcomes.disclosure.origins import Origin as Origin
from outcomes.disclosure.origins import explain as explain
from outcomes.settings import Settings


def measures(settings: Settings) -> Mapping[str, Measure]:
    """Every measure by id."""
    return all_measures(settings.measures)


def feeds() -> Mapping[str, Feed]:
    """Every feed's contract by name."""
    return all_feeds()
