"""The workbench: a DuckDB in memory on which submissions are judged, a batch at a time.

Owns how it is set up. Promises that nothing on it is ever written to a disk or fetched from a network.
Never judges.
"""

from collections.abc import Mapping
from typing import Any

import duckdb


def workbench() -> duckdb.DuckDBPyConnection:
    """A DuckDB to check submissions in, a batch at a time."""
    # Memory only: what did not fit would be spilled, NHS numbers and all, into the working folder. One thread: most files
    # are small, suppliers are received side by side by Airflow, and records keep the order of the file.
    off: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": "",
        "threads": 1,
        # It makes a join of each list of codes, which takes longer to plan than most files to check.
        "disabled_optimizers": "in_clause",
        # A pseudonym stays a UUID where it leaves for the lake.
        "arrow_lossless_conversion": "true",
    }
    return duckdb.connect(config=off)


def run(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]) -> None:
    """Execute with those of the parameters that the SQL uses; a further one would be an error."""
    statement = connection.extract_statements(sql)[0]
    connection.execute(statement, {k: v for k, v in parameters.items() if k in statement.named_parameters})
