"""Rude words in the prompt, by the linear model of alt-profanity-check over English words. It knows no other language,
and no irony.

The model's numbers are read from the package and used with numpy: importing scikit-learn, which made them, costs a
second of processor time at every look, and unpickling through it could run anything that the file names.
"""

from __future__ import annotations

import re
from collections import Counter
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from joblib.numpy_pickle import NumpyUnpickler

from review.signals.reading import Fault, Hit, Material, Missing, Reading
from review.signals.words import sentences

PACKAGE = "profanity_check"
FIRES = 0.6
_WORD = re.compile(r"\b\w\w+\b")


class Profanity:
    kind = "profanity"
    name = "alt-profanity-check"
    version = version("alt-profanity-check")

    def __init__(self) -> None:
        words, model = _read("vectorizer.joblib"), _read("model.joblib")
        self._place: dict[str, int] = words.vocabulary_
        self._weight = np.asarray(words._tfidf.idf_)  # how rare a word is
        self._judges = [
            (one.estimator.coef_[0], one.estimator.intercept_[0], one.calibrators[0].a_, one.calibrators[0].b_)
            for one in model.calibrated_classifiers_
        ]

    def look(self, material: Material) -> Reading:
        if not material.prompt.strip():
            raise Missing(Fault.NO_PROMPT)
        score = max(self.probability(text) for text in sentences(material.prompt))
        fired = score >= FIRES
        # Which words they were is not said: the prompt stays where it is.
        return Reading(score, fired, [Hit(label="prompt", score=round(score, 3))] if fired else [])

    def probability(self, text: str) -> float:
        """The mean of five support vector machines over the words' TF-IDF, each made a probability by a sigmoid."""
        counts = Counter(self._place[word] for word in _WORD.findall(text.lower()) if word in self._place)
        places = np.fromiter(counts, int, len(counts))
        values = np.fromiter(counts.values(), float, len(counts)) * self._weight[places]
        values /= max(float(np.linalg.norm(values)), np.finfo(float).tiny)
        margins = ((float(values @ weights[places] + bias), a, b) for weights, bias, a, b in self._judges)
        return float(np.mean([1 / (1 + np.exp(a * margin + b)) for margin, a, b in margins]))


class _Record:
    """Stands for a class of scikit-learn: it takes the fields and can do nothing."""

    def __setstate__(self, fields: dict[str, Any]) -> None:
        self.__dict__.update(fields)


class _OnlyNumbers(NumpyUnpickler):
    """Reads arrays and fields; any other class or function that a file names is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("sklearn."):
            return _Record
        if module.split(".")[0] == "numpy" and name in {"dtype", "ndarray", "scalar", "float64"}:
            return super().find_class(module, name)
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return super().find_class(module, name)
        raise ValueError(f"{module}.{name} is no number.")


def _read(name: str) -> Any:
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise ModuleNotFoundError(PACKAGE, name=PACKAGE)
    path = Path(package.origin).parent / "data" / name
    with path.open("rb") as file:
        return _OnlyNumbers(str(path), file, ensure_native_byte_order=True).load()
