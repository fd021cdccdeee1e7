"""Which language a prompt is written in: so that it reaches somebody who reads it. Nothing else hangs on it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Languages that people prompt in, as ISO 639-1 codes. More of them make short prompts harder to tell apart.
CODES = (
    "ar az bg bn ca cs da de el en es et fa fi fr he hi hr hu hy id it ja ka kk km ko lt lv mn ms my ne nl no pl pt ro "
    "ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh"
)
LANGUAGES = tuple(CODES.split())
# Below it the guess for a few words is no better than a coin; then the case goes to everybody.
SURE = 0.5
ENOUGH_CHARACTERS = 2000


def language_of(text: str) -> str:
    """The code of the text's language; empty when it cannot be told."""
    text = text.strip()[:ENOUGH_CHARACTERS]
    if not any(character.isalpha() for character in text):
        return ""
    code, probability = _identifier().classify(text)
    return str(code) if float(probability) >= SURE else ""


@cache
def _identifier() -> LanguageIdentifier:
    """Half a second and a few megabytes, in the first process that needs it: the model lies in the wheel."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
