"""The three measures by the product's own SQL, without its strata, quarters, intervals and ledger: DuckDB alone.

    python bench/in_duckdb.py QUESTION ANSWER       as three_measures tells

Promises the same work as in_pandas and in_polars, in the locked session that `outcomes compute` uses.
"""

from three_measures import ANSWER, KEYS, MEASURES, asked

from outcomes.computing.relations import build_relations, run_measure
from outcomes.computing.session import locked_session
from outcomes.definitions.measures import read_measure
from outcomes.definitions.shipped import shipped
from outcomes.lake import Lake
from outcomes.organisations import partnership


def main() -> None:
    question, answer = asked()
    with locked_session(Lake(question.lake), question.files, partnership(None), KEYS) as connection:
        build_relations(connection)
        for measure in MEASURES:
            run_measure(connection, read_measure(shipped("sql/measures") / f"{measure}.sql"))
        cases = " union all ".join(
            f"select '{m}' as measure, death_id, coalesce(observation, numerator) as amount from cases_{m} where denominator"
            for m in MEASURES
        )
        figures = connection.execute(
            f"select measure, ccg, month, count(*), sum(amount) from ({cases}) join cohort using (death_id) group by all"
        ).fetchall()
    # The session may write no file.
    with open(answer, "w", encoding="utf-8") as file:
        file.writelines(",".join(map(str, row)) + "\n" for row in (ANSWER, *figures))


if __name__ == "__main__":
    main()
