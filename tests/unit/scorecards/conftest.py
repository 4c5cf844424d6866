"""Skips what needs WeasyPrint where its system libraries are missing, and says so."""

import pytest


def _why_not() -> str:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        return f"WeasyPrint cannot be loaded here: {str(error).splitlines()[0]}"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("weasyprint")]
    if marked and (reason := _why_not()):
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))
