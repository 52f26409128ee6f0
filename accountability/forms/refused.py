"""Puts a service's refusal beside the fields that it speaks of."""

from __future__ import annotations

from django import forms

from ..refusals import Refusal


def add_refusal(form: forms.BaseForm, refusal: Refusal) -> None:
    """Errors of `refusal.details` go to their fields, everything else above the form."""
    details = refusal.details if isinstance(refusal.details, dict) else {}
    placed = False
    for name, sentences in details.items():
        if name in form.fields and isinstance(sentences, list):
            placed = True
            for sentence in sentences:
                form.add_error(name, sentence)
    if not placed:
        form.add_error(None, refusal.sentence)
