"""The language of a prompt: told where it can be, left open where it cannot."""

from __future__ import annotations

import pytest
from django.utils import timezone

from generation.case_facts import routing
from generation.language import language_of
from tests.factories import GenerationFactory, VideoFactory


@pytest.mark.parametrize(
    ("prompt", "language"),
    [
        ("rain on a tin roof", "en"),
        ("slow dolly shot of a woman walking along the shore", "en"),
        ("ein roter Ball rollt über die Wiese", "de"),
        ("la lluvia sobre el tejado de la casa", "es"),
        ("la pluie tombe sur la ville", "fr"),
        ("дождь идёт над городом", "ru"),
        ("雨の夜の東京、静かな通り", "ja"),
        ("قطة على السطح", "ar"),
        ("छत पर एक बिल्ली", "hi"),
    ],
)
def test_a_sentence_tells_its_language(prompt, language):
    assert language_of(prompt) == language


@pytest.mark.parametrize("prompt", ["", "  ", "1920 x 1080", "a cat", "sunset"])
def test_too_little_tells_nothing(prompt):
    assert language_of(prompt) == ""


@pytest.mark.django_db
def test_a_case_is_routed_by_model_and_language():
    video = VideoFactory()
    assert routing(video) == {}
    done = {"state": "completed", "finished_at": timezone.now()}
    GenerationFactory(video=video, prompt="ein roter Ball rollt über die Wiese", **done)
    assert routing(video) == {"model_key": "sketch", "language": "de"}
