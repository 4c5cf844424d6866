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
        large_print,
        release,
        released,
        render,
    )
    from outcomes.workflow.extracts import check, linked, maturity, receive, status, synth
    from outcomes.workflow.health import Finding, doctor
    from outcomes.workflow.later import backfill, withdraw
    from outcomes.workflow.origins import Origin, explain
    from outcomes.workflow.proof import Proof, audit
    from outcomes.workflow.questions import feeds, measures
    from outcomes.workflow.resending import arrived, delivery_to, resend
    from outcomes.workflow.sending import (
        DeliveryRecord,
        LettersWait,
        deliver,
        deliver_waiting,
        deliveries,
        waiting,
    )
    from outcomes.workflow.telling import Alert, alerts, tell

_VERBS = {
    "board": ("ActionLine", "actions", "agree", "comment", "settle"),
    "health": ("Finding", "doctor"),
    "telling": ("Alert", "alerts", "tell"),
    "sending": ("DeliveryRecord", "LettersWait", "deliver", "deliver_waiting", "deliveries", "waiting"),
    "editions": ("Released", "Rendered", "approve", "large_print", "release", "released", "render"),
    "extracts": ("check", "linked", "maturity", "receive", "status", "synth"),
    "computation": ("compute", "equity", "figures", "left_out", "revisions"),
    "later": ("backfill", "withdraw"),
    "origins": ("Origin", "explain"),
    "proof": ("Proof", "audit"),
    "questions": ("feeds", "measures"),
    "resending": ("arrived", "delivery_to", "resend"),
}
_MODULES = {verb: module for module, verbs in _VERBS.items() for verb in verbs}

__all__ = [
    "ActionLine",
    "Alert",
    "DeliveryRecord",
    "Finding",
    "LettersWait",
    "Origin",
    "Proof",
    "Released",
    "Rendered",
    "actions",
    "agree",
    "alerts",
    "approve",
    "arrived",
    "audit",
    "backfill",
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
    "large_print",
    "left_out",
    "linked",
    "maturity",
    "measures",
    "receive",
    "release",
    "released",
    "render",
    "resend",
    "revisions",
    "settle",
    "status",
    "synth",
    "tell",
    "waiting",
    "withdraw",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"outcomes.workflow.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
