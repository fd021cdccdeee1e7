"""Accounts in the API."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import serializers, services
from accounts.models import ApiToken, Cohort, Invitation, TermsVersion, User
from accounts.permissions import ANY_SCOPE, IsAdmin, SignedIn
from accounts.policies import invitations_visible_to, tokens_visible_to
from accounts.selectors import acceptance_of, current_terms
from accounts.states import Scope
from accounts.throttles import PerAddress
from common.errors import FieldError, Invalid, NotFound

NO_STORE = {"Cache-Control": "no-store"}


class Me(APIView):
    """The person who asks."""

    required_scopes = {"GET": ANY_SCOPE}

    @extend_schema(summary="Who you are", responses=serializers.MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(serializers.MeSerializer(cast(User, request.user), context={"token": request.auth}).data)


class Terms(APIView):
    """The terms in force, readable by everybody."""

    permission_classes = [AllowAny]
    required_scopes = {"GET": ANY_SCOPE}

    @extend_schema(summary="The terms in force", responses=serializers.TermsSerializer, auth=[{}])
    def get(self, request: Request) -> Response:
        version = current_terms()
        if version is None:
            raise NotFound
        return Response(_terms(request, version))


class TermsAccept(APIView):
    """Agreeing is a person's own act: no token does it for them."""

    permission_classes = [SignedIn]
    required_scopes = None

    @extend_schema(
        summary="Accept the terms in force",
        request=serializers.TermsAcceptBody,
        responses=serializers.TermsSerializer,
        auth=[{"session": []}],
    )
    def post(self, request: Request) -> Response:
        body = serializers.TermsAcceptBody(data=request.data)
        body.is_valid(raise_exception=True)
        acceptance = services.accept_terms(actor=cast(User, request.user), number=body.validated_data["number"])
        return Response(_terms(request, acceptance.version))


def _terms(request: Request, version: TermsVersion) -> dict[str, object]:
    acceptance = acceptance_of(request.user, version) if isinstance(request.user, User) else None
    return serializers.TermsSerializer(version, context={"acceptance": acceptance}).data


class Tokens(ListAPIView[ApiToken]):
    """One's own tokens. A token cannot list or make tokens."""

    serializer_class = serializers.TokenSerializer
    required_scopes = None
    queryset = ApiToken.objects.none()

    def get_queryset(self) -> QuerySet[ApiToken]:
        return tokens_visible_to(cast(User, self.request.user))

    @extend_schema(summary="Your tokens, newest first", auth=[{"session": []}])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request)

    @extend_schema(
        summary="Make a token; this answer is the only one that shows it",
        request=serializers.TokenBody,
        responses={201: serializers.NewTokenSerializer},
        auth=[{"session": []}],
    )
    def post(self, request: Request) -> Response:
        body = serializers.TokenBody(data=request.data)
        body.is_valid(raise_exception=True)
        token, plaintext = services.create_token(actor=cast(User, request.user), **body.validated_data)
        answer = serializers.NewTokenSerializer(token, context={"plaintext": plaintext})
        return Response(answer.data, status=201, headers=NO_STORE)


class TokenDetail(APIView):
    """One of one's own tokens."""

    required_scopes = None

    @extend_schema(summary="Revoke a token", responses={204: None}, auth=[{"session": []}])
    def delete(self, request: Request, token_id: UUID) -> Response:
        user = cast(User, request.user)
        token = tokens_visible_to(user).filter(pk=token_id).first()
        if token is None:
            raise NotFound
        services.revoke_token(actor=user, token=token)
        return Response(status=204)


class Invitations(ListAPIView[Invitation]):
    """Invitations, for admins."""

    permission_classes = [IsAdmin]
    serializer_class = serializers.InvitationSerializer
    required_scopes = {"GET": Scope.PROGRAMME_ADMIN, "POST": Scope.PROGRAMME_ADMIN}
    queryset = Invitation.objects.none()

    def get_queryset(self) -> QuerySet[Invitation]:
        return invitations_visible_to(cast(User, self.request.user))

    @extend_schema(summary="Invitations, newest first")
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request)

    @extend_schema(
        summary="Invite somebody by e-mail",
        request=serializers.InvitationBody,
        responses={201: serializers.InvitationSerializer},
    )
    def post(self, request: Request) -> Response:
        body = serializers.InvitationBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data | {"cohort": _cohort(body.validated_data["cohort"])}
        invitation, _secret = services.invite(actor=cast(User, request.user), **wanted)
        return Response(serializers.InvitationSerializer(invitation).data, status=201)


def _cohort(cohort_id: UUID | None) -> Cohort | None:
    if cohort_id is None:
        return None
    cohort = Cohort.objects.filter(pk=cohort_id).first()
    if cohort is None:
        allowed = ", ".join(str(pk) for pk in Cohort.objects.order_by("id").values_list("pk", flat=True)[:20])
        raise Invalid([FieldError("cohort", _("There is no such cohort."), allowed)])
    return cohort


class InvitationRevoke(APIView):
    """Ends one open invitation."""

    permission_classes = [IsAdmin]
    required_scopes = {"POST": Scope.PROGRAMME_ADMIN}

    @extend_schema(
        summary="Revoke an invitation",
        request=serializers.NothingToSay,
        responses=serializers.InvitationSerializer,
    )
    def post(self, request: Request, invitation_id: UUID) -> Response:
        serializers.NothingToSay(data=request.data).is_valid(raise_exception=True)
        user = cast(User, request.user)
        invitation = invitations_visible_to(user).filter(pk=invitation_id).first()
        if invitation is None:
            raise NotFound
        invitation = services.revoke_invitation(actor=user, invitation=invitation)
        return Response(serializers.InvitationSerializer(invitation).data)


class InvitationAccept(APIView):
    """Makes an account from a mailed secret. The person signs in afterwards."""

    permission_classes = [AllowAny]
    throttle_classes = [PerAddress]
    required_scopes = None

    @extend_schema(
        summary="Accept an invitation",
        request=serializers.AcceptBody,
        responses={201: serializers.AccountMadeSerializer},
        auth=[{}],
    )
    def post(self, request: Request) -> Response:
        body = serializers.AcceptBody(data=request.data)
        body.is_valid(raise_exception=True)
        user = services.accept_invitation(**body.validated_data)
        return Response(serializers.AccountMadeSerializer(user).data, status=201, headers=NO_STORE)
