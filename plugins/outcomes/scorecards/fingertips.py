"""A figure in the columns of Fingertips' downloads, so that it loads beside them.

Owns those columns and what stands in them. Promises what was let out, in their order, names and forms (`Apr 2018`,
`2018/19 Q1`, `Apr 2017 - Mar 2018`), and a note wherever there is no value or it may still change. Never holds what is not
released: these stay empty.

* 99.8 % limits, and what compares with England or as a percentile: nothing of the kind is released.
* Recent trend: Fingertips tests whether the last periods rise or fall; our control charts ask another question, and on
  another period where the latest is provisional. Compared to goal: theirs is of one value, our verdict is of the whole
  series, on whether the target can be expected to be met. The same words for something else would mislead.
* New data: an edition does not know what a reader had before.

`Count` and `Denominator` are empty where a count is withheld. `Time period Sortable` is Fingertips' YYYY0000 with the
quarter or the month in the two digits after the year; a quarter's year is the financial one, a rolling year's month is its
first.
"""

from outcomes.disclosure.released import ReleasedFigure
from outcomes.periods import period_months
from outcomes.scorecards import strata
from outcomes.scorecards.contents import AreaWords, Contents, MeasureWords

FINGERTIPS = (
    "Indicator ID",
    "Indicator Name",
    "Parent Code",
    "Parent Name",
    "Area Code",
    "Area Name",
    "Area Type",
    "Sex",
    "Age",
    "Category Type",
    "Category",
    "Time period",
    "Value",
    "Lower CI 95.0 limit",
    "Upper CI 95.0 limit",
    "Lower CI 99.8 limit",
    "Upper CI 99.8 limit",
    "Count",
    "Denominator",
    "Value note",
    "Recent Trend",
    "Compared to England value or percentiles",
    "Compared to percentiles",
    "Time period Sortable",
    "New data",
    "Compared to goal",
    "Time period range",
)

_AREA_TYPES = {"stp": "STPs", "ccg": "CCGs"}
_RANGES = {"month": "1m", "quarter": "1q", "rolling-12": "1y"}
# One note whatever the reason, as there is one symbol.
_NOTES = {
    "suppressed": "Value suppressed for disclosure control",
    "not_submitted": "Value not available: data not submitted",
    "no_cases": "No value: no cases",
    "too_few": "No value: too few people",
}
_PROVISIONAL = "Provisional"


class Fingertips:
    """The rows of an edition."""

    def __init__(self, contents: Contents) -> None:
        self._measures = {m.id: m for m in contents.context.measures}
        self._areas = {a.code: a for a in contents.context.areas}
        self._stp = next(a for a in contents.context.areas if a.kind == "stp")

    def row(self, figure: ReleasedFigure) -> tuple[str, ...]:
        """The cells of a figure, as many as there are columns; empty where we have nothing."""
        told = _told(figure, self._measures[figure.measure], self._areas[figure.area], self._stp)
        return tuple(told.get(column, "") for column in FINGERTIPS)


def _told(figure: ReleasedFigure, measure: MeasureWords, area: AreaWords, stp: AreaWords) -> dict[str, str]:
    period, sortable = _period(figure.grain, figure.period)
    return {
        "Indicator ID": measure.id,
        "Indicator Name": measure.title,
        **({} if area is stp else {"Parent Code": stp.gss, "Parent Name": stp.full_name}),
        "Area Code": area.gss,
        "Area Name": area.full_name,
        "Area Type": _AREA_TYPES[area.kind],
        **_people(figure.stratum, figure.stratum_value),
        "Time period": period,
        "Value": figure.printed(figure.value),
        "Lower CI 95.0 limit": figure.printed(figure.lower),
        "Upper CI 95.0 limit": figure.printed(figure.upper),
        "Count": "" if figure.numerator is None else str(figure.numerator),
        "Denominator": "" if figure.denominator is None else str(figure.denominator),
        "Value note": _note(figure),
        "Time period Sortable": sortable,
        "Time period range": _RANGES[figure.grain],
    }


def _people(stratum: str, value: str) -> dict[str, str]:
    people = {"Sex": strata.EVERYBODY, "Age": strata.ALL_AGES}
    if stratum in {"sex", "age_band"}:
        people["Sex" if stratum == "sex" else "Age"] = strata.name_of(stratum, value)
    elif stratum != "all":
        people |= {"Category Type": strata.TITLES[stratum], "Category": strata.name_of(stratum, value)}
    return people


def _period(grain: str, period: str) -> tuple[str, str]:
    """The period's name and the number it is sorted by."""
    if grain == "quarter":
        years, _, quarter = period.partition("-Q")
        return f"{years} Q{quarter}", f"{years[:4]}0{quarter}00"
    months = period_months(grain, period)
    first = months[0]
    name = first.short_name if grain == "month" else f"{first.short_name} - {months[-1].short_name}"
    return name, f"{first.year:04d}{first.month:02d}00"


def _note(figure: ReleasedFigure) -> str:
    state = "too_few" if figure.state == "shown" and figure.value is None else figure.state
    notes = [_NOTES.get(state, ""), _PROVISIONAL if figure.provisional else ""]
    return "; ".join(note for note in notes if note)
