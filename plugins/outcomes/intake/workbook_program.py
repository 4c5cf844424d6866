"""The small program that reads a workbook's cells: a file on standard input, its rows on standard output.

Promises that whatever the file does to it, it takes no more than its memory and its time. Each line it writes is JSON: a row
as [number, {place: value}, midnights, {place: flaw}]; at the end {"merged": …}, or {"unreadable": sentence}. Never opens a
file or a connection: it is started by `workbook`, without the environment and its secrets.
"""

import json
import resource
import sys

MEMORY = 1 << 30
# Seconds of processor time.
TIME = 120


def main() -> None:
    """Read standard input to the end, write every row."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (TIME, TIME))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # After the limits, so that nothing runs without them.
    from outcomes.intake.limits import Unreadable
    from outcomes.intake.workbook_cells import Cells, Row
    from outcomes.intake.workbook_package import open_package

    write = sys.stdout.write

    def take(row: Row) -> None:
        write(json.dumps([row.number, list(row.values), list(row.values.values()), row.midnights, row.flaws]) + "\n")

    try:
        cells = Cells(open_package(sys.stdin.buffer.read()), take)
        cells.read()
        end: dict[str, object] = {"merged": cells.merged}
    except Unreadable as error:
        end = {"unreadable": str(error)}
    write(json.dumps(end) + "\n")


if __name__ == "__main__":
    main()
