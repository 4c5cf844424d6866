"""Says whether requirements.lock is what pyproject.toml asks for.

Owns the comparison: the given `uv pip compile` command is run once more, upgrading nothing, into a copy. Promises to
leave the lock alone, and to say so when there is no network to ask.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_NETWORK = ("error sending request", "dns error", "failed to fetch", "network", "timed out", "connection refused")


def main(compile_command: list[str]) -> int:
    lock = ROOT / "requirements.lock"
    # uv makes room for the name of the output beside itself: in the system's temporary folder.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / lock.name
        shutil.copy(lock, copy)
        environment = {**os.environ, "UV_HTTP_RETRIES": "1"}
        done = subprocess.run(
            [*compile_command, "-o", str(copy)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode and any(sign in done.stderr.lower() for sign in NO_NETWORK):
            print("requirements.lock: not checked against pyproject.toml, for the package index cannot be reached.")
            return 0
        if done.returncode:
            print(done.stderr.strip() or "uv pip compile failed without a word.", file=sys.stderr)
            return done.returncode
        if copy.read_text(encoding="utf-8") != lock.read_text(encoding="utf-8"):
            print(
                "requirements.lock is not what pyproject.toml asks for: run `make lock` and commit it.", file=sys.stderr
            )
            return 1
    print("requirements.lock is what pyproject.toml asks for.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
