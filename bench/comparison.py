"""Three measures in the product, in DuckDB alone, in pandas and in polars: the same figures, and what each costs.

Owns what is asked of each and the check that all answer alike. Promises that a cost is given only for denominators and
numerators equal to the product's, of every CCG and month. How each works is in in_duckdb, in_pandas and in_polars.
"""

import shutil
import sys
from pathlib import Path

import pandas as pd
from computing import computed, without_figures
from measuring import Cost, cost_of
from three_measures import ANSWER, KEYS, MEASURES, Asked

from outcomes import workflow
from outcomes.definitions.shipped import shipped
from outcomes.ledger import Ledger
from outcomes.ledger.submissions import in_force
from outcomes.organisations import partnership
from outcomes.settings import Settings

RUNS = 3
KEY = ["measure", "ccg", "month"]


def compared(settings: Settings) -> tuple[dict[str, Cost], int]:
    """The cost of each way, and how many figures were equal; ends the bench with the first that differs."""
    only_three = settings.model_copy(update={"measures": _three(settings.home / "three-measures")})
    costs = {"the product": _typical([computed(fresh := without_figures(only_three)) for _ in range(RUNS)])}
    product = _figures(fresh)
    question, answer = settings.home / "question.json", settings.home / "answer.csv"
    _asked(settings).write(question)
    for library in ("duckdb", "pandas", "polars"):
        script = Path(__file__).with_name(f"in_{library}.py")
        command = [sys.executable, str(script), str(question), str(answer)]
        costs[library] = _typical([cost_of(command) for _ in range(RUNS)])
        loading = [sys.executable, "-c", f"import in_{library}"]
        costs[f"{library}, loading"] = _typical(
            [cost_of(loading, {"PYTHONPATH": str(script.parent)}) for _ in range(RUNS)]
        )
        _check(library, product, pd.read_csv(answer, dtype={"month": str}))
    return costs, len(product)


def _typical(costs: list[Cost]) -> Cost:
    """That of the middle run, by processor seconds."""
    return sorted(costs, key=lambda cost: cost.processor)[len(costs) // 2]


def _three(folder: Path) -> Path:
    folder.mkdir()
    for measure in MEASURES:
        shutil.copy(shipped("sql/measures") / f"{measure}.sql", folder)
    return folder


def _asked(settings: Settings) -> Asked:
    files: dict[str, list[str]] = {feed: [] for feed in KEYS}
    with Ledger(settings.database_url).session() as session:
        for submission in in_force(session):
            if submission.feed in files:
                files[submission.feed].append(submission.lake_file or "")
    return Asked(settings.lake, files, [ccg.code for ccg in partnership(settings.organisations).ccgs])


def _figures(settings: Settings) -> pd.DataFrame:
    """The product's figures of every CCG and month whose deaths were submitted."""
    found = workflow.figures(settings).rename(columns={"area": "ccg", "period": "month"})
    ccgs = [ccg.code for ccg in partnership(settings.organisations).ccgs]
    chosen = (found["grain"] == "month") & (found["stratum"] == "all") & found["ccg"].isin(ccgs)
    return found.loc[chosen & (found["state"] != "not_submitted"), ANSWER].set_index(KEY).astype(float)


def _check(library: str, product: pd.DataFrame, answer: pd.DataFrame) -> None:
    # Who has no cases in a month has no row.
    found = answer.set_index(KEY).reindex(product.index).fillna(0)
    if product.empty:
        raise SystemExit("The product has no figure of the three measures: there is nothing to compare.")
    if len(differ := product.index[(product != found).any(axis=1)]):
        first = differ[0]
        raise SystemExit(
            f"{library} differs from the product in {len(differ)} of {len(product)} figures, first in {', '.join(first)}: "
            f"{found.loc[first].to_dict()} instead of {product.loc[first].to_dict()}."
        )
