"""What goes wrong on the way: provisional files that are not complete yet, and the faults that real extracts have.

Owns the differences between what happened and what is sent. Promises few faults (under 0.5 % of the records of a
file, none in a file of fewer than 20), so that no file is ever rejected for them, and the same ones every time. Never
breaks a header or a manifest.
"""

from collections.abc import Callable

import numpy as np

from outcomes.definitions.feeds import Feed
from outcomes.synthetic.arrow import Column, Table, arrow, compute
from outcomes.synthetic.draws import sometimes
from outcomes.synthetic.nhs_numbers import with_wrong_check_digit

FEWEST_RECORDS = 20
ENOUGH_RECORDS = 300

# Left open in a provisional file, known in the final one.
OPEN_AT_FIRST = {
    "deaths": "imd_decile",
    "epaccs": "review_date",
    "admissions": "cost_gbp",
    "ed_attendances": "departure_at",
    "community_contacts": "cost_gbp",
    "urgent_care_contacts": "cost_gbp",
    "ambulance_incidents": "on_scene_at",
    "hospice_care": "cost_gbp",
}
UNKNOWN_CODES = {
    "deaths": ("sex", "3"),
    "epaccs": ("consent", "verbal"),
    "bereavement_survey": ("overall_care", "very good"),
    "admissions": ("admission_method", "99"),
    "ed_attendances": ("disposal", "home"),
    "community_contacts": ("team_type", "podiatry"),
    "urgent_care_contacts": ("outcome", "closed"),
    "ambulance_incidents": ("category", "C7"),
    "hospice_care": ("setting", "respite"),
}
DATES = {
    "deaths": "date_of_death",
    "epaccs": "created_date",
    "palliative_register": "entry_date",
    "bereavement_survey": "response_date",
    "admissions": "episode_start_date",
    "hospice_care": "start_date",
}
REQUIRED = {
    "deaths": "underlying_cause",
    "epaccs": "nhs_number",
    "palliative_register": "nhs_number",
    "admissions": "treatment_function_code",
    "ed_attendances": "department_type",
    "community_contacts": "contact_mode",
    "urgent_care_contacts": "care_plan_viewed",
    "ambulance_incidents": "conveyed",
    "hospice_care": "end_reason",
}

# A fault gets a record and returns the column and the text to write, or None where the record cannot have it.
Fault = Callable[[dict[str, str | None]], tuple[str, str | None] | None]


def provisional(rng: np.random.Generator, feed: Feed, table: Table) -> Table:
    """The file as first sent: one or two records in a hundred are still missing, some values still open."""
    of_one = np.arange(table.num_rows)
    if feed.name == "admissions":
        of_one = np.unique(table["spell_id"].to_numpy(zero_copy_only=False), return_inverse=True)[1]
    kept = ~sometimes(rng, of_one.max(initial=0) + 1, 0.015)[of_one]
    kept[:1] = True
    table = table.filter(arrow.array(kept))
    column = OPEN_AT_FIRST.get(feed.name)
    if column is None:
        return table
    still_open = arrow.array(sometimes(rng, table.num_rows, 0.02))
    return _with(table, column, compute.if_else(still_open, arrow.scalar(None, arrow.string()), table[column]))


def with_faults(rng: np.random.Generator, feed: Feed, table: Table) -> Table:
    """The file with its faults; the records with a repeated key come last."""
    n = table.num_rows
    if n < FEWEST_RECORDS:
        return table
    rate = 0.0005 + 0.0015 * rng.random()
    # In a small file one fault, and that in one of five.
    count = min(rng.poisson(rate * n), n // 250) if n >= ENOUGH_RECORDS else int(rng.random() < 0.2)
    rows = rng.choice(n, count, replace=False)
    faults = _faults(feed)
    changes: dict[str, dict[int, str | None]] = {}
    repeated = []
    for row, kind in zip(rows.tolist(), rng.integers(0, len(faults) + 1, count).tolist(), strict=True):
        record = {name: values[0] for name, values in table.slice(row, 1).to_pydict().items()}
        change = faults[kind](record) if kind < len(faults) else None
        if change is None:
            repeated.append(row)
        else:
            changes.setdefault(change[0], {})[row] = change[1]
    again = table.take(arrow.array(repeated, arrow.int64()))
    for column, cells in changes.items():
        changed = np.zeros(n, bool)
        changed[list(cells)] = True
        texts = arrow.array([cells[row] for row in sorted(cells)], arrow.string())
        table = _with(
            table, column, compute.replace_with_mask(table[column].combine_chunks(), arrow.array(changed), texts)
        )
    return arrow.concat_tables([table, again])


def _faults(feed: Feed) -> list[Fault]:
    faults: list[Fault] = []
    if feed.name in UNKNOWN_CODES:
        faults.append(lambda record: UNKNOWN_CODES[feed.name])
    if feed.name in DATES:
        column = DATES[feed.name]
        faults.append(lambda record: (column, f"{(record[column] or '')[:4]}-02-30"))
    if feed.name in REQUIRED:
        faults.append(lambda record: (REQUIRED[feed.name], None))
    faults.append(_wrong_check_digit)
    if feed.name == "deaths":
        faults.append(_no_leading_zero)
    if feed.name == "urgent_care_contacts":
        faults.append(_response_before_the_call)
    return faults


def _wrong_check_digit(record: dict[str, str | None]) -> tuple[str, str | None] | None:
    number = record["nhs_number"]
    return None if number is None else ("nhs_number", str(with_wrong_check_digit(np.array(int(number)))))


def _no_leading_zero(record: dict[str, str | None]) -> tuple[str, str | None] | None:
    kind = record["pod_establishment_type"] or ""
    return ("pod_establishment_type", kind[1:]) if kind.startswith("0") else None


def _response_before_the_call(record: dict[str, str | None]) -> tuple[str, str | None] | None:
    if record["first_clinical_response_at"] is None:
        return None
    earlier = np.datetime64(record["call_started_at"], "m") - np.timedelta64(7, "m")
    return "first_clinical_response_at", str(earlier)


def _with(table: Table, column: str, values: Column) -> Table:
    return table.set_column(table.column_names.index(column), column, values)
