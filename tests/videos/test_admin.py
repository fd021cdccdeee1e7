"""The admin panel shows states and hashes, and leads to the page that takes down with a reason."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import AdminFactory, ReviewerFactory
from videos.models import Approval, Rendition, ShareGrant, Video


@pytest.fixture
def admin(db, client):
    user = AdminFactory()
    client.force_login(user)
    return client


@pytest.mark.parametrize("model", [Video, Rendition, Approval, ShareGrant])
def test_lists_and_pages_are_read_only_and_show_no_private_words_or_addresses(admin, shared_video, model):
    name = model._meta.model_name
    row = model.objects.first()
    pages = [
        admin.get(reverse(f"admin:videos_{name}_changelist")),
        admin.get(reverse(f"admin:videos_{name}_change", args=[row.pk])),
    ]
    secrets = [shared_video.title, shared_video.share_grants.get().token]
    secrets += [r.storage_key for r in shared_video.renditions.all()]
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        assert not [secret for secret in secrets if secret in text]
        assert "/media/" not in text
    assert admin.get(reverse(f"admin:videos_{name}_add")).status_code == 403
    assert admin.post(reverse(f"admin:videos_{name}_change", args=[row.pk]), {"x": "y"}).status_code == 403
    assert admin.post(reverse(f"admin:videos_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_the_button_leads_to_the_page_that_asks_for_the_reason(admin, shared_video):
    page = admin.get(reverse("admin:videos_video_change", args=[shared_video.pk])).content.decode()
    button = reverse("admin:videos_video_take_down", args=[shared_video.pk])
    assert button in page
    answer = admin.get(button)
    assert (answer.status_code, answer.url) == (302, reverse("admin:review_take_down", args=[shared_video.pk]))


def test_nobody_else_comes_in(client, shared_video):
    client.force_login(ReviewerFactory())
    address = reverse("admin:videos_video_take_down", args=[shared_video.pk])
    assert "review" not in client.post(address).headers.get("Location", "")
