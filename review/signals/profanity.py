"""Rude words in the prompt, by a linear model over English words. It does not know other languages, nor irony."""

from __future__ import annotations

from importlib.metadata import version

from profanity_check import predict_prob

from review.signals.reading import Fault, Hit, Material, Missing, Reading
from review.signals.words import sentences

FIRES = 0.6


class Profanity:
    kind = "profanity"
    name = "alt-profanity-check"
    version = version("alt-profanity-check")

    def look(self, material: Material) -> Reading:
        if not material.prompt.strip():
            raise Missing(Fault.NO_PROMPT)
        score = max(float(one) for one in predict_prob(sentences(material.prompt)))
        fired = score >= FIRES
        # Which words they were is not said: the prompt stays where it is.
        return Reading(score, fired, [Hit(label="prompt", score=round(score, 3))] if fired else [])
