"""A cast of people and things, made as directly as the database allows. Passwords are `PASSWORD`."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Cohort, Participant, TermsAcceptance, TermsVersion, User
from accounts.states import StaffRole
from generation.models import Generation
from review.models import Policy, PolicyVersion, ReasonCode
from videos.models import Video

PASSWORD = "a-long-enough-password"


@cache
def _hashed_password() -> str:
    """One for everybody: tests make many people."""
    return make_password(PASSWORD)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.LazyFunction(_hashed_password)


class ReviewerFactory(UserFactory):
    staff_role = StaffRole.REVIEWER


class AdminFactory(UserFactory):
    staff_role = StaffRole.ADMIN


class CohortFactory(DjangoModelFactory[Cohort]):
    class Meta:
        model = Cohort

    name = factory.Sequence(lambda n: f"Cohort {n}")
    monthly_credits = 300
    max_running = 1000  # tests of the cap set it; all others let one person's generations run side by side


class TermsVersionFactory(DjangoModelFactory[TermsVersion]):
    class Meta:
        model = TermsVersion
        django_get_or_create = ("number",)

    number = 1
    title = "Programme terms"
    body = "Be kind. What you make is yours."
    published_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))


class ParticipantFactory(DjangoModelFactory[Participant]):
    """An artist who has accepted the current terms (pass `terms=False` for one who has not)."""

    class Meta:
        model = Participant
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    cohort = factory.SubFactory(CohortFactory)
    public_name = factory.Sequence(lambda n: f"Artist {n}")

    @factory.post_generation
    def terms(self: Participant, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if create and extracted is not False:
            TermsAcceptance.objects.create(user=self.user, version=TermsVersionFactory())


class VideoFactory(DjangoModelFactory[Video]):
    """A video without files; tests that need bytes use the `finished_video` fixture."""

    class Meta:
        model = Video

    owner = factory.LazyFunction(lambda: ParticipantFactory().user)
    title = "Rain on a tin roof"
    width = 160
    height = 96
    fps = 8
    frame_count = 16


class GenerationFactory(DjangoModelFactory[Generation]):
    """A queued generation, written past the service: no credits are reserved for it."""

    class Meta:
        model = Generation

    participant = factory.SubFactory(ParticipantFactory)
    take = factory.Sequence(lambda n: n + 1)
    position = factory.SelfAttribute("take")
    model_key = "sketch"
    prompt = "rain on a tin roof"
    seed = 7
    seconds = 2
    width = 320
    height = 192
    fps = 8
    price = 4


class PolicyVersionFactory(DjangoModelFactory[PolicyVersion]):
    """The sharing policy in force, with three reasons."""

    class Meta:
        model = PolicyVersion
        skip_postgeneration_save = True

    policy = factory.LazyFunction(
        lambda: Policy.objects.get_or_create(slug="sharing", defaults={"title": "Sharing"})[0]
    )
    number = factory.Sequence(lambda n: n + 1)
    body = "What may be shared."
    effective_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))

    @factory.post_generation
    def reasons(self: PolicyVersion, create: bool, extracted: Any, **kwargs: Any) -> None:
        for position, code in enumerate(("real-person", "violence", "third-party-rights")):
            ReasonCode.objects.create(
                policy_version=self,
                code=code,
                label=code.replace("-", " ").capitalize(),
                description="Explained.",
                position=position,
            )
