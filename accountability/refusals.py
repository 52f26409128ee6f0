"""How the portal says no: each refusal carries a sentence for the person.

Outside a person's scope is 404, inside but not allowed 403, a concurrent
edit 409, bad input 422. A refusal changes nothing; its denial event is
written after the roll-back, by the middleware.
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """Base of all refusals; `str(refusal)` is the sentence for the person."""

    status = 422
    code = "refused"

    def __init__(self, sentence: str, *, details: Any = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class NotFound(Refusal):
    """Out of scope, or it does not exist: the person cannot tell which."""

    status = 404
    code = "not_found"

    def __init__(self, sentence: str = "没有找到这个页面") -> None:
        super().__init__(sentence)


class NotAllowed(Refusal):
    """In scope, but this person may not do this."""

    status = 403
    code = "not_allowed"


class Invalid(Refusal):
    """The input is wrong; `details` may map fields to sentences."""

    code = "invalid"


class TooMany(Invalid):
    """Asked too often from one place; it says when to try again."""

    status = 429
    code = "too_many"


class Conflict(Refusal):
    """Somebody else changed it meanwhile; `details` holds both versions."""

    status = 409
    code = "conflict"


class WrongState(Refusal):
    """The workflow does not allow this in the present state."""

    status = 409
    code = "wrong_state"
