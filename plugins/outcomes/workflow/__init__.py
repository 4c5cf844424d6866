"""The month as plain functions: receive, compute, release, render, approve, deliver, and the questions about it.

Owns the verbs that the shell, the DAGs and later the pages share; each takes the settings first. Promises that each can be
killed at any moment and run again with the same result. Never knows who calls it.
"""

from outcomes.workflow.doctor import Finding, doctor
from outcomes.workflow.editions import Released, Rendered, approve, deliver, release, released, render
from outcomes.workflow.extracts import check, receive, status, synth
from outcomes.workflow.figures import compute, feeds, figures, measures, revised
from outcomes.workflow.later import audit, backfill, explain, withdraw

__all__ = [
    "Finding",
    "Released",
    "Rendered",
    "approve",
    "audit",
    "backfill",
    "check",
    "compute",
    "deliver",
    "doctor",
    "explain",
    "feeds",
    "figures",
    "measures",
    "receive",
    "release",
    "released",
    "render",
    "revised",
    "status",
    "synth",
    "withdraw",
]
