"""`make eval-demo`: the pairs through engine and encoder to films; what they show goes into demo_eval.json.

Ends with 1 when a goal was missed. Interrupted, it goes on where it was left (keeping.py).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from generation.catalogue.reading import read
from generation.demo_model.evaluation.asking import Asked, pairs, pairs_of_two
from generation.demo_model.evaluation.filming import Studio
from generation.demo_model.evaluation.goals import missed, table
from generation.demo_model.evaluation.keeping import Notebook, fingerprint
from generation.demo_model.evaluation.shapes import ShapeClassifier
from generation.demo_model.evaluation.verdict import Tally, judged

CATALOGUE = Path(__file__).resolve().parents[2] / "catalogue.toml"
MODELS = {"standard": "demo", "turbo": "demo-turbo"}  # names in the report: keys of the catalogue
SECONDS = 4
CHECKED = 1000  # renderings that the classifier is tried on


def main(arguments: Sequence[str] | None = None) -> int:
    given = _given(arguments)
    notebook = Notebook(given.out.with_name(f"{given.out.stem}_extras.json"))
    classifier = ShapeClassifier()
    right = round(classifier.right(CHECKED, seed=6), 4)
    print(f"The classifier of shapes is right on {right * 100:.1f} % of unseen renderings.", flush=True)  # noqa: T201
    entries = {entry.key: entry for entry in read(CATALOGUE)}
    alone, two = pairs(given.pairs), pairs_of_two(given.two)
    done: dict[str, Tally] = {}
    for name, key in MODELS.items():
        with tempfile.TemporaryDirectory() as scratch, Studio(entries[key], Path(scratch)) as studio:
            for part, asked in ((name, alone), (f"{name}, two shapes", two)):
                mark = fingerprint(entries[key], asked, SECONDS)
                done[part] = measured(studio, asked, classifier, notebook, part, mark)
    report = {name: done[name].report() for name in MODELS} | {"pairs": len(alone)}
    given.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    notebook.finish(classifier_on_renderings=right)
    return _told(done)


def measured(
    studio: Studio, asked: Sequence[Asked], classifier: ShapeClassifier, notebook: Notebook, part: str, mark: str
) -> Tally:
    """Films the pairs that are left, says which went wrong in what, and sums up."""
    tally = notebook.tally(part, mark)
    if tally.films:
        print(f"{part}: {tally.films} of {len(asked)} were measured before", flush=True)  # noqa: T201
    for one in asked[tally.films :]:
        film, seconds = studio.film(one, seconds=SECONDS)
        verdict = judged(one, film, classifier)
        tally.add(verdict, seconds)
        notebook.keep(part, tally, mark)
        if wrong := [measure for measure, is_right in verdict.items() if not is_right]:
            print(f"wrong in {', '.join(wrong)}: {one.prompt!r}, seed {one.seed}, {one.size}")  # noqa: T201
        if tally.films % 10 == 0 or tally.films == len(asked):
            print(f"{part} {tally.films}/{len(asked)}  {tally}", flush=True)  # noqa: T201
    return tally


def _told(done: dict[str, Tally]) -> int:
    """Says everything once more, and the goals beside it. 1 when one was missed."""
    for part, tally in done.items():
        print(f"{part}: {tally}")  # noqa: T201
    figures = [done[name].report() for name in MODELS]
    print(table(*figures))  # noqa: T201
    sentences = missed(*figures)
    for sentence in sentences:
        print(f"Missed: {sentence}.")  # noqa: T201
    return 1 if sentences else 0


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--two", type=int, default=50, help="pairs with two shapes, measured besides")
    parser.add_argument("--out", type=Path, default=Path("demo_eval.json"))
    given = parser.parse_args(arguments)
    if given.pairs < 1 or given.two < 0:
        parser.error("--pairs must be 1 or more, --two 0 or more")
    return given


if __name__ == "__main__":
    sys.exit(main())
