"""Outcome measures for people near the end of their lives, from suppliers' extracts to scorecards.

The rooms, their floors and their promises are described in README.md and docs/decisions.md; the words in GLOSSARY.md.
"""

__version__ = "0.1.0"
