"""The month as plain functions: receive, compute, release, render, approve, deliver, and the questions about it.

Owns the verbs that the shell, the DAGs and later the pages share; each takes the settings first. Promises that each can
be killed at any moment and run again with the same result. Never knows who calls it.

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
    from outcomes.workflow.happened import trail, verify_trail
    from outcomes.workflow.health import Finding, doctor
    from outcomes.workflow.holding import HoldLine, hold, holds, lift
    from outcomes.workflow.later import backfill
    from outcomes.workflow.origins import Origin, explain
    from outcomes.workflow.proof import Proof, audit
    from outcomes.workflow.questions import feeds, measures
    from outcomes.workflow.rekeying import Rekeyed, rekey
    from outcomes.workflow.retention import Expiry, retain
    from outcomes.workflow.withdrawal import Withdrawn, withdraw

_VERBS = {
    "board": ("ActionLine", "actions", "agree", "comment", "settle"),
    "health": ("Finding", "doctor"),
    "editions": ("Released", "Rendered", "approve", "deliver", "large_print", "release", "released", "render"),
    "extracts": ("check", "linked", "maturity", "receive", "status", "synth"),
    "computation": ("compute", "equity", "figures", "left_out", "revisions"),
    "holding": ("HoldLine", "hold", "holds", "lift"),
    "later": ("backfill",),
    "origins": ("Origin", "explain"),
    "proof": ("Proof", "audit"),
    "questions": ("feeds", "measures"),
    "rekeying": ("Rekeyed", "rekey"),
    "retention": ("Expiry", "retain"),
    "happened": ("trail", "verify_trail"),
    "withdrawal": ("Withdrawn", "withdraw"),
}
_MODULES = {verb: module for module, verbs in _VERBS.items() for verb in verbs}

__all__ = [
    "ActionLine",
    "Expiry",
    "Finding",
    "HoldLine",
    "Origin",
    "Proof",
    "Rekeyed",
    "Released",
    "Rendered",
    "Withdrawn",
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
    "hold",
    "holds",
    "large_print",
    "left_out",
    "lift",
    "linked",
    "maturity",
    "measures",
    "receive",
    "rekey",
    "release",
    "released",
    "render",
    "retain",
    "revisions",
    "settle",
    "status",
    "synth",
    "trail",
    "verify_trail",
    "withdraw",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"outcomes.workflow.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
