"""What a reviewer with a live claim is told about how a video was made (`settings.REVIEW_CASE_FACTS`)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from generation import catalogue
from generation.models import Attempt, Generation
from generation.states import AttemptState
from videos.models import Video


def facts(video: Video) -> list[dict[str, str]]:
    """The prompt and the settings of the take; nothing for a video that was not generated here."""
    generation = Generation.objects.filter(video=video).first()
    if generation is None:
        return []
    attempt = Attempt.objects.filter(generation=generation, state=AttemptState.COMPLETED).first()
    ran = attempt.settings if attempt else {}
    entry = catalogue.get(generation.model_key)
    lines = [
        ("prompt", _("Prompt"), generation.prompt),
        ("model", _("Model"), entry.name if entry else generation.model_key),
        ("revision", _("Revision"), str(ran.get("revision", ""))[:12]),
        ("seed", _("Seed"), generation.seed),
        ("steps", _("Steps"), ran.get("steps", "")),
        ("guidance", _("Guidance"), ran.get("guidance", "")),
    ]
    return [{"key": key, "label": label, "value": str(value)} for key, label, value in lines if value != ""]


def routing(video: Video) -> dict[str, str]:
    """What a case about the video is routed by; nothing for a video that was not generated here."""
    model_key = Generation.objects.filter(video=video).values_list("model_key", flat=True).first()
    return {"model_key": model_key} if model_key else {}
