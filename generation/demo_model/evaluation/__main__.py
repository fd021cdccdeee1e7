"""`make eval-demo`: the pairs through engine and encoder to films; what they show goes into demo_eval.json."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generation.catalogue.reading import read
from generation.demo_model.evaluation.asking import Asked, pairs, pairs_of_two
from generation.demo_model.evaluation.filming import Studio
from generation.demo_model.evaluation.shapes import ShapeClassifier
from generation.demo_model.evaluation.verdict import Tally, judged

CATALOGUE = Path(__file__).resolve().parents[2] / "catalogue.toml"
MODELS = {"standard": "demo", "turbo": "demo-turbo"}  # names in the report: keys of the catalogue
SECONDS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--two", type=int, default=50, help="pairs with two shapes, measured besides")
    parser.add_argument("--out", type=Path, default=Path("demo_eval.json"))
    parser.add_argument("--guidance", type=float, help="instead of the catalogue's, to try it")
    parser.add_argument("--only", choices=MODELS)
    given = parser.parse_args()
    classifier = ShapeClassifier()
    alone, two = pairs(given.pairs), pairs_of_two(given.two)
    report: dict[str, Any] = {"pairs": len(alone), "two_shapes": {"pairs": len(two)}}
    report["classifier_on_renderings"] = round(classifier.right(1000, seed=6), 4)
    entries = {entry.key: entry for entry in read(CATALOGUE)}
    for name in MODELS if given.only is None else [given.only]:
        entry = entries[MODELS[name]]
        with tempfile.TemporaryDirectory() as scratch, Studio(entry, Path(scratch), given.guidance) as studio:
            report[name] = measured(studio, alone, classifier, name)
            report["two_shapes"][name] = measured(studio, two, classifier, f"{name}, two shapes,")
    given.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))  # noqa: T201


def measured(studio: Studio, asked: Sequence[Asked], classifier: ShapeClassifier, name: str) -> dict[str, float]:
    """Films all pairs, says which went wrong in what, and sums up."""
    tally = Tally()
    for number, one in enumerate(asked, start=1):
        film, seconds = studio.film(one, seconds=SECONDS)
        verdict = judged(one, film, classifier)
        tally.add(verdict, seconds)
        if wrong := [measure for measure, is_right in verdict.items() if not is_right]:
            print(f"wrong in {', '.join(wrong)}: {one.prompt!r}, seed {one.seed}")  # noqa: T201
        if number % 10 == 0 or number == len(asked):
            print(f"{name} {number}/{len(asked)}  {tally}", flush=True)  # noqa: T201
    return tally.report()


if __name__ == "__main__":
    main()
