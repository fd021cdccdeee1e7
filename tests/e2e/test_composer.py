"""The composer in a real browser: pictures, remixes and extensions, by mouse, by keyboard and without JavaScript."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from common.clock import now
from generation.models import Generation, InputImage
from generation.services import images
from tests.e2e.test_accessibility import WIDE, browse, check, check_everywhere  # noqa: F401  a fixture among them
from tests.factories import GenerationFactory, ParticipantFactory
from tests.media import make_finished_video
from tests.pictures_to_send import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CATALOGUE = Path(__file__).parents[1] / "generation" / "catalogue.toml"


@pytest.fixture(autouse=True)
def _catalogue(settings) -> None:
    settings.CATALOGUE_FILE = CATALOGUE


@pytest.fixture
def artist(db: None) -> User:
    """With two pictures, and a finished take that was remixed."""
    participant = ParticipantFactory(public_name="Mira Okonkwo")
    for size in ((64, 48), (48, 64)):
        bring(participant.user, size)
    parent = GenerationFactory(
        participant=participant,
        take=1,
        model_key="moving",
        prompt="A red kite over a dry lake bed",
        fps=24,
        state="completed",
        finished_at=now(),
        video=make_finished_video(participant.user, "The kite"),
    )
    GenerationFactory(
        participant=participant,
        take=2,
        model_key="moving",
        parent=parent,
        relation="remix",
        state="cancelled",
        finished_at=now(),
    )
    return participant.user


def bring(user: User, size: tuple[int, int]) -> InputImage:
    data = picture(size=size)
    return images.add(actor=user, file=io.BytesIO(data), name="a.png", size=len(data))[0]


def parent_of(user: User) -> Generation:
    return user.participant.generations.get(take=1)


def file_of(data: bytes, name: str = "kite.png") -> dict[str, Any]:
    return {"name": name, "mimeType": "image/png", "buffer": data}


def test_axe_and_every_state_of_the_composer(browse: Callable[..., Page], artist, live_server):  # noqa: F811
    parent = parent_of(artist)
    states = ["?remix", "?extend", "?again"]
    paths = ["/studio/", *(f"/studio/{state}={parent.pk}" for state in states)]
    paths += [f"/studio/?image={InputImage.objects.first().pk}", "/images/", f"/videos/{parent.video_id}/"]
    check_everywhere(browse(artist), live_server.url, paths)


def test_choosing_models_pictures_and_numbers(browse: Callable[..., Page], artist):  # noqa: F811
    page = browse(artist, viewport=WIDE, reduced_motion="reduce")
    page.goto("/studio/")
    page.evaluate("window.notReloaded = true")
    found: list[str] = []

    page.locator("#model-moving").check()
    page.locator("#fps-12").check()
    page.locator("#count-3").check()
    expect(page.locator(".price-now strong")).to_have_text("12")
    expect(page.locator(".price-now small")).to_have_text("3 × 4")
    page.set_input_files("#id_upload", file_of(picture(size=(80, 60))))
    page.locator("#model-moving-turbo").check()
    expect(page.locator("#fps-12")).to_have_count(0)
    expect(page.locator(".price-now strong")).to_have_text("6")
    assert page.evaluate("document.getElementById('id_upload').files.length") == 1
    found += check(page, "a turbo variant")

    page.click("#generate")
    page.wait_for_selector("#composer .errorlist")
    expect(page.locator(".start:has(:checked) img")).to_have_count(1)
    found += check(page, "a refusal that kept the picture")

    page.fill("#id_prompt", "It begins to move")
    page.click("#generate")
    expect(page.locator(".composer-note")).to_contain_text("Takes 3 to 5 are in the queue.")
    found += check(page, "three in the queue")
    assert page.evaluate("window.notReloaded")
    assert not found, "\n".join(found)
    made = Generation.objects.filter(state="queued")
    assert {one.image_id for one in made} == {InputImage.objects.order_by("-id").first().pk}


def test_a_bad_picture_is_refused_in_place(browse: Callable[..., Page], artist):  # noqa: F811
    page = browse(artist, viewport=WIDE, reduced_motion="reduce")
    page.goto(f"/studio/?remix={parent_of(artist).pk}")
    page.set_input_files("#id_upload", file_of(b"rain on a tin roof"))
    page.click("#generate")
    expect(page.locator("#id_upload_error")).to_contain_text("This is no PNG, JPEG or WebP picture.")
    expect(page.locator("#id_prompt")).to_have_value("A red kite over a dry lake bed")
    expect(page.locator(".composer-parent")).to_contain_text("Remix of take 1.")
    assert not check(page, "a refused picture")


def test_without_javascript_all_of_it_works(browse: Callable[..., Page], artist):  # noqa: F811
    page = browse(artist, java_script_enabled=False)
    page.goto("/studio/")
    page.fill("#id_prompt", "Keep these words")
    page.locator("#model-stills").check(force=True)
    page.click("button[name='preview']")
    expect(page.locator("#id_prompt")).to_have_value("Keep these words")
    page.set_input_files("#id_upload", file_of(picture(size=(80, 60))))
    page.locator("#count-2").check(force=True)
    page.click("#generate")
    page.wait_for_url("**/studio/")
    made = list(Generation.objects.filter(state="queued"))
    assert [one.model_key for one in made] == ["stills", "stills"]
    page.goto(f"/videos/{parent_of(artist).video_id}/")
    page.get_by_role("link", name="Extend").click()
    expect(page.locator(".composer-parent")).to_contain_text("Goes on from the end of take 1.")
    page.click("#generate")
    page.wait_for_url("**/studio/")
    assert Generation.objects.get(relation="extend").parent == parent_of(artist)
