"""What a command costs: processor seconds, seconds on the clock and peak memory of just that process.

Owns the measuring. Promises that the memory is the command's own: the system counts a new process as at least as large as
the one it was forked from, so a small launcher (this file, run as a script) stands between. Never measures what was not
a success.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds (user and system, all threads), seconds on the clock, megabytes at the peak."""

    processor: float
    clock: float
    megabytes: float


def cost_of(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command, its environment added to ours; ends the bench with what the command said when it fails."""
    launched = subprocess.run(
        [sys.executable, "-S", __file__, *command],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if launched.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{launched.stderr}")
    return Cost(**json.loads(launched.stdout))


def launch(command: list[str]) -> int:
    """Run the command and print its cost; what it prints itself goes to the error stream."""
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
    _, status, used = os.wait4(child, 0)
    clock = time.perf_counter() - start
    # Linux gives kilobytes, macOS bytes.
    peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
    print(json.dumps({"processor": used.ru_utime + used.ru_stime, "clock": clock, "megabytes": peak}))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1:]))
