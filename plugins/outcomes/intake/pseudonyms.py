"""From an NHS number to a pseudonym: the first 128 bits of HMAC-SHA256 under the secret key.

Promises the same person the same pseudonym under the same key (RFC 2104), and that the key reaches the engine only as a
bound value. Never stores or shows the number, the key or the connection between them.
"""

import hashlib
import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pseudonyms:
    """Pseudonyms under a key. `parameters` are bound to the SQL that `person_id` gives."""

    key_id: str
    parameters: dict[str, object] = field(repr=False)

    @classmethod
    def under(cls, key: bytes, key_id: str) -> "Pseudonyms":
        """RFC 2104: two nested hashes with the key padded to a block of 64 bytes; DuckDB has no hmac of its own."""
        block = (key if len(key) <= 64 else hashlib.sha256(key).digest()).ljust(64, b"\0")
        return cls(
            key_id,
            {"inner": bytes(b ^ 0x36 for b in block), "outer": bytes(b ^ 0x5C for b in block)},
        )

    @classmethod
    def throwaway(cls) -> "Pseudonyms":
        """For a check that keeps nothing: people can be told apart within the file, and never again."""
        return cls.under(os.urandom(32), "throwaway")

    def person_id(self, condition: str, number: str) -> str:
        """SQL: the pseudonym as UUID where the condition holds, else null."""
        return f"case when {condition} then {_keyed(f'encode({number})')}::uuid end"

    def text(self, value: str) -> str:
        """SQL: a pseudonym of any text, which is never that of a person."""
        keyed = _keyed(f"encode('text ' || {value})")
        return f"'p-' || {keyed}"


def _keyed(message: str) -> str:
    return f"left(sha256($outer::blob || unhex(sha256($inner::blob || {message}))), 32)"
