"""The prompt against what the policy in force names as reasons, by nearness of meaning.

Nearness is not violation: a prompt against violence is near to violence too, and one that paraphrases can be far from
what it means. English only.
"""

from __future__ import annotations

import re

from review.signals.embeddings import VERSION, Embedder
from review.signals.reading import Fault, Hit, Material, Missing, Reading, best
from review.signals.words import sentences

FIRES = 0.3
_FIRST_SENTENCE = re.compile(r"[.!?](\s|$)")


class PromptTopics:
    kind = "prompt_topics"
    name = "sentence embeddings"
    version = VERSION

    def __init__(self) -> None:
        self._embed = Embedder()

    def look(self, material: Material) -> Reading:
        if not material.prompt.strip():
            raise Missing(Fault.NO_PROMPT)
        if not material.topics:
            raise Missing(Fault.NO_TOPICS)
        said = self._embed(sentences(material.prompt))
        ruled = self._embed([_first_sentence(text) for text in material.topics.values()])
        nearness = dict(zip(material.topics, (said @ ruled.T).max(axis=0).clip(0, 1).tolist(), strict=True))
        hits = [Hit(label=code, score=round(near, 3)) for code, near in nearness.items() if near >= FIRES]
        return Reading(max(nearness.values()), fired=bool(hits), hits=best(hits))


def _first_sentence(text: str) -> str:
    """What follows often says what is fine."""
    return _FIRST_SENTENCE.split(text, maxsplit=1)[0]
