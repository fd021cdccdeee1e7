"""Chapter 1: an invitation is the only way in, and the terms come before everything else."""

from __future__ import annotations

import re

from config.demo.cast import ADMIN
from config.demo.story.stage import Stage, StoryBroken, secret_in
from config.demo.story.visitor import Visitor

ADDRESS = "zoe@dailies.example"
PASSWORD = "a reel of quiet rain"  # noqa: S105  of an account that lives as long as this story
NAME = "Zoe"
CREDITS = 30
SCOPES = ("generations:read", "generations:write", "videos:read", "videos:share")


def join(stage: Stage) -> None:
    """From an e-mail to an account with a token."""
    stage.report.step("An admin invites an artist by e-mail")
    secret = _invite(stage)
    stage.report.step("The link in the mail makes an account, once")
    _accept(stage, secret)
    stage.report.step("Nothing works before the terms are accepted")
    _agree(stage)
    stage.report.step("The artist makes an API token")
    _make_token(stage)


def _invite(stage: Stage) -> str:
    check = stage.report.check
    nobody = stage.visitor()
    nobody.fill_in("/accounts/signup/", {"email": ADDRESS, "password1": PASSWORD})
    check("sign-up without an invitation makes no account", expected=200, got=nobody.sign_in(ADDRESS, PASSWORD).status)
    admin = stage.signed_in(ADMIN)
    cohort = _make_cohort(admin)
    answer = admin.call("POST", "/api/v1/invitations/", {"email": ADDRESS, "cohort": cohort})
    check("the invitation is made", expected=201, got=answer.status)
    again = admin.call("POST", "/api/v1/invitations/", {"email": "not an address"})
    check("an address that is none is refused", expected=(400, "email"), got=(again.status, _first_field(again.data)))
    mail = stage.wait_for("The invitation's mail", lambda: next(iter(stage.mails_to(ADDRESS)), None), seconds=10)
    return secret_in(mail)


def _make_cohort(admin: Visitor) -> str:
    """In the admin panel; a small allowance shows what happens when it is used up."""
    fields = {"name": "Story", "weight": "1", "monthly_credits": str(CREDITS), "max_queued": "5"}
    admin.fill_in("/admin/accounts/cohort/add/", fields)
    row = re.search(
        r"/admin/accounts/cohort/([0-9a-f-]{36})/change/[^>]*>\s*Story", admin.get("/admin/accounts/cohort/").text
    )
    if row is None:
        raise StoryBroken("the admin panel made no cohort")
    return row[1]


def _accept(stage: Stage, secret: str) -> None:
    check, page = stage.report.check, f"/invitations/{secret}/"
    wrong = stage.visitor().get(f"/invitations/{secret[:-1]}x/")
    check("a wrong link leads nowhere", expected=404, got=wrong.status)
    form = {"name": NAME, "public_name": NAME, "password": PASSWORD}
    answer = stage.artist.fill_in(page, form)
    check("the account is made and signed in", expected=302, got=answer.status)
    check("the link works only once", expected=404, got=stage.visitor().get(page).status)


def _agree(stage: Stage) -> None:
    check, artist = stage.report.check, stage.artist
    studio = artist.get("/studio/")
    leads_there = "/terms/" in studio.header("Location")
    check("the studio leads to the terms", expected=(302, True), got=(studio.status, leads_there))
    listing = artist.get("/api/v1/generations/")
    check("the API asks for the terms too", expected=(403, "terms_required"), got=(listing.status, listing.code))
    check("the terms can be read", expected=200, got=artist.get("/terms/").status)
    check("the terms are accepted", expected=302, got=artist.fill_in("/terms/", {"agreed": "on"}).status)
    check("now the studio opens", expected=200, got=artist.get("/studio/").status)


def _make_token(stage: Stage) -> None:
    check = stage.report.check
    body = {"name": "story", "scopes": list(SCOPES), "days": 1}
    made = stage.artist.call("POST", "/api/v1/tokens/", body)
    token = made.data.get("token", "")
    check("the token is shown once, in its form", expected=(201, "dly_"), got=(made.status, token[:4]))
    listed = stage.artist.get("/api/v1/tokens/")
    check("nowhere else is it shown", expected=False, got=token in listed.text)
    stage.program = Visitor(stage.house.address, token=token)
    check("it speaks for its owner", expected=ADDRESS, got=stage.program.get("/api/v1/me/").data.get("email"))
    in_address = stage.visitor().get(f"/api/v1/me/?token={token}")
    check("in an address it is refused", expected=400, got=in_address.status)
    made_up = Visitor(stage.house.address, token=token[:-1] + "~")
    check("a made-up token is refused", expected=401, got=made_up.get("/api/v1/me/").status)


def _first_field(problem: dict[str, list[dict[str, str]]]) -> str:
    return next((error["field"] for error in problem.get("errors", [])), "")
