"""The month as plain functions: receive, compute, release, render, approve, deliver, and the questions about it.

Owns the verbs that the shell, the DAGs and later the pages share; each takes the settings first. Promises that each can be
killed at any moment and run again with the same result. Never knows who calls it.

A verb's module is imported when the verb is first used: a DAG that only releases does not load what reads extracts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outcomes.workflow.board import ActionLine, actions, agree, comment, settle
    from outcomes.workflow.computation import compute, equity, figures, left_out, revisions
    from outcomes.workflow.editions import (
        Released,
        Rendered,
        approve,
        deliver,
        large_print,
        release,
        released,
        render,
    )
    from outcomes.workflow.extracts import check, linked, maturity, receive, status, synth
    from outcomes.workflow.health import Finding, doctor
    from outcomes.workflow.later import backfill, withdraw
    from outcomes.workflow.proof import Proof, audit
    from outcomes.workflow.questions import Origin, explain, feeds, measures

_VERBS = {
    "board": ("ActionLine", "actions", "agree", "comment", "settle"),
    "health": ("Finding", "doctor"),
    "editions": ("Released", "Rendered", "approve", "deliver", "large_print", "release", "released", "render"),
    "extracts": ("check", "linked", "maturity", "receive", "status", "synth"),
    "computation": ("compute", "equity", "figures", "left_out", "revisions"),
    "later": ("backfill", "withdraw"),
    "proof": ("Proof", "audit"),
    "questions": ("Origin", "explain", "feeds", "measures"),
}
_MODULES = {verb: module for module, verbs in _VERBS.items() for verb in verbs}

__all__ = [
    "ActionLine",
    "Finding",
    "Origin",
    "Proof",
    "Released",
    "Rendered",
    "actions",
    "agree",
    "approve",
    "audit",
    "backfill",
    "check",
    "comment",
    "compute",
    "deliver",
    "doctor",
    "equity",
    "explain",
    "feeds",
    "figures",
    "large_print",
    "left_out",
    "linked",
    "maturity",
    "measures",
    "receive",
    "release",
    "released",
    "render",
    "revisions",
    "settle",
    "status",
    "synth",
    "withdraw",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"outcomes.workflow.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
