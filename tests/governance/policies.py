"""Policies that differ from the one shipped in a few lines."""

from pathlib import Path

from outcomes.definitions.shipped import shipped


def policy_with(file: Path, *changes: tuple[str, str]) -> str:
    """Write the shipped policy with each of these texts replaced by the other; its path."""
    text = shipped("config/policy.toml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return str(file)
