"""The month as plain functions: receive, compute, release, render, approve, deliver, and the questions about it.

Owns the verbs that the shell and the DAGs share; each takes the settings first. Promises that each can
be killed at any moment and run again with the same result. Never knows who calls it.

A verb's module is imported when the verb is first used: a DAG that only releases does not load what reads extracts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outcomes.workflow.board import ActionLine, actions, agree, comment, settle
    from outcomes.workflow.chasing import chase, late
    from outcomes.workflow.computation import compute, equity, figures, left_out, revisions
    from outcomes.workflow.editions import (
        Rendered,
        approve,
        large_print,
        released,
        render,
    )
    from outcomes.workflow.extracts import check, linked, maturity, receive, status, synth
    from outcomes.workflow.foreseeing import Preview, preview
    from outcomes.workflow.happened import reading, trail, verify_trail
    from outcomes.workflow.health import Finding, doctor
    from outcomes.workflow.holding import HoldLine, hold, holds, lift
    from outcomes.workflow.proof import Proof, audit
    from outcomes.workflow.questions import Origin, explain, feeds, measures
    from outcomes.workflow.redoing import Redone, ask, backfill, backfills, redo, require
    from outcomes.workflow.rekeying import Rekeyed, rekey
    from outcomes.workflow.releasing import Released, release
    from outcomes.workflow.resending import arrived, delivery_to, resend
    from outcomes.workflow.retention import Expiry, retain
    from outcomes.workflow.sending import (
        DeliveryRecord,
        LettersWait,
        deliver,
        deliver_waiting,
        deliveries,
        waiting,
    )
    from outcomes.workflow.telling import Alert, alerts, tell
    from outcomes.workflow.withdrawal import Withdrawn, withdraw

_VERBS = {
    "board": ("ActionLine", "actions", "agree", "comment", "settle"),
    "foreseeing": ("Preview", "preview"),
    "chasing": ("chase", "late"),
    "health": ("Finding", "doctor"),
    "telling": ("Alert", "alerts", "tell"),
    "sending": ("DeliveryRecord", "LettersWait", "deliver", "deliver_waiting", "deliveries", "waiting"),
    "editions": ("Rendered", "approve", "large_print", "released", "render"),
    "extracts": ("check", "linked", "maturity", "receive", "status", "synth"),
    "computation": ("compute", "equity", "figures", "left_out", "revisions"),
    "happened": ("reading", "trail", "verify_trail"),
    "holding": ("HoldLine", "hold", "holds", "lift"),
    "proof": ("Proof", "audit"),
    "resending": ("arrived", "delivery_to", "resend"),
    "questions": ("Origin", "explain", "feeds", "measures"),
    "redoing": ("Redone", "ask", "backfill", "backfills", "redo", "require"),
    "rekeying": ("Rekeyed", "rekey"),
    "releasing": ("Released", "release"),
    "retention": ("Expiry", "retain"),
    "withdrawal": ("Withdrawn", "withdraw"),
}
_MODULES = {verb: module for module, verbs in _VERBS.items() for verb in verbs}

__all__ = [
    "ActionLine",
    "Alert",
    "DeliveryRecord",
    "Expiry",
    "Finding",
    "HoldLine",
    "LettersWait",
    "Origin",
    "Preview",
    "Proof",
    "Redone",
    "Rekeyed",
    "Released",
    "Rendered",
    "Withdrawn",
    "actions",
    "agree",
    "alerts",
    "approve",
    "arrived",
    "ask",
    "audit",
    "backfill",
    "backfills",
    "chase",
    "check",
    "comment",
    "compute",
    "deliver",
    "deliver_waiting",
    "deliveries",
    "delivery_to",
    "doctor",
    "equity",
    "explain",
    "feeds",
    "figures",
    "hold",
    "holds",
    "large_print",
    "late",
    "left_out",
    "lift",
    "linked",
    "maturity",
    "measures",
    "preview",
    "reading",
    "receive",
    "redo",
    "rekey",
    "release",
    "released",
    "render",
    "require",
    "resend",
    "retain",
    "revisions",
    "settle",
    "status",
    "synth",
    "tell",
    "trail",
    "verify_trail",
    "waiting",
    "withdraw",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"outcomes.workflow.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
