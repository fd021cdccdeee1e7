"""What a reviewer with a live claim is told about how a video was made (`settings.REVIEW_CASE_FACTS`)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from generation import catalogue
from generation.language import language_of
from generation.models import Attempt, Generation
from generation.states import AttemptState
from videos.models import Video
from videos.selectors import material_of


def facts(video: Video) -> list[dict[str, str]]:
    """The prompt and the settings of the take; nothing for a video that was not generated here.

    What was trimmed was made as its source was.
    """
    material = material_of(video)
    generation = Generation.objects.select_related("parent").filter(video=material).first()
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
        ("trimmed", _("Trimmed"), "" if material == video else _trimmed(material, video)),
    ]
    lines += _parent_lines(generation)
    return [{"key": key, "label": label, "value": str(value)} for key, label, value in lines if value != ""]


def _parent_lines(generation: Generation) -> list[tuple[str, str, object]]:
    """What the take was made from, as text. Somebody else's work stays theirs."""
    parent = generation.parent
    if parent is None or parent.participant_id != generation.participant_id:
        return []
    entry = catalogue.get(parent.model_key)
    return [
        ("parent", _("Take"), f"{parent.take} · {generation.get_relation_display()}"),
        ("parent_model", _("Model"), entry.name if entry else parent.model_key),
        ("parent_seed", _("Seed"), parent.seed),
        ("parent_size", _("Size"), f"{parent.width}×{parent.height}, {parent.seconds} s"),
        ("parent_prompt", _("Prompt"), parent.prompt),
    ]


def _trimmed(material: Video, video: Video) -> str:
    frames = {"kept": video.frame_count, "all": material.frame_count}
    return _("%(kept)d of %(all)d frames, cut at the ends by the artist") % frames


def routing(video: Video) -> dict[str, str]:
    """What a case about the video is routed by; nothing for a video that was not generated here."""
    generation = Generation.objects.filter(video=material_of(video)).only("model_key", "prompt").first()
    if generation is None:
        return {}
    return {"model_key": generation.model_key, "language": language_of(generation.prompt)}
