"""NHS England's own MESH sandbox with our mailboxes; runs in the sandbox's own environment, never in that of the tests."""

import os
from typing import Any

from mesh_sandbox.store.canned_store import CannedStore


def _with_our_mailboxes(name: str) -> None:
    original = getattr(CannedStore, name)

    def method(self: Any) -> Any:
        self._canned_data_dir = os.environ["MESH_CANNED_DIR"]
        return original(self)

    setattr(CannedStore, name, method)


for _name in ("_load_mailboxes", "_load_endpoints"):
    _with_our_mailboxes(_name)

from mesh_sandbox.api import app  # noqa: E402, F401 (the store is made when it is imported)
