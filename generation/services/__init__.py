"""Every write of this app."""

from generation.services.attempts import (
    CancelRequested,
    LeaseLost,
    StoredVideo,
    abandon,
    check,
    complete,
    confirm_cancel,
    fail,
    give_back,
    reap,
    renew_lease,
)
from generation.services.claiming import claim_next
from generation.services.submission import Submitted, cancel, submit, submit_batch, submit_once
from generation.services.waiting import hold, resume
from generation.services.wishes import Wish
from generation.services.workers import heartbeat, register_worker, retire_worker

__all__ = [
    "CancelRequested",
    "LeaseLost",
    "StoredVideo",
    "Submitted",
    "Wish",
    "abandon",
    "cancel",
    "check",
    "claim_next",
    "complete",
    "confirm_cancel",
    "fail",
    "give_back",
    "heartbeat",
    "hold",
    "reap",
    "register_worker",
    "renew_lease",
    "resume",
    "retire_worker",
    "submit",
    "submit_batch",
    "submit_once",
]
