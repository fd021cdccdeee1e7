"""Pictures to start from, in the API. Each is its owner's alone: for everybody else its address does not exist."""

from __future__ import annotations

from typing import Any, NoReturn, cast
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.states import Scope
from common.errors import FieldError, Invalid, NotFound
from common.uploads import takes_file
from generation import policies
from generation.models import InputImage
from generation.pictures.checking import MOST_BYTES, refusal
from generation.services import images
from videos import storage
from videos.storage import StorageFailed

FIELD = "image"


class ImageLinksSerializer(serializers.Serializer[Any]):
    """Where its bytes are."""

    self = serializers.CharField()
    content = serializers.CharField()


class ImageSerializer(serializers.ModelSerializer[InputImage]):
    """A picture as it is kept: upright, without metadata, at most 4096 pixels on its longer side."""

    links = serializers.SerializerMethodField()

    class Meta:
        model = InputImage
        fields = ("id", "width", "height", "size_bytes", "sha256", "created_at", "links")
        read_only_fields = fields

    @extend_schema_field(ImageLinksSerializer)
    def get_links(self, image: InputImage) -> Any:
        return {
            "self": reverse("api-image", args=[image.pk]),
            "content": reverse("api-image-content", args=[image.pk]),
        }


class NewImage(serializers.Serializer[Any]):
    """A form with one file. No other field belongs in it."""

    image = serializers.FileField(help_text="PNG, JPEG or WebP, at most 20 MB and 40 megapixels, not animated.")


class OwnImages(GenericAPIView[InputImage]):
    """The base of what shows pictures to the person who brought them."""

    serializer_class = ImageSerializer
    queryset = InputImage.objects.none()

    def get_queryset(self) -> Any:
        return policies.images_of(cast(User, self.request.user))

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, "Cache-Control": "private, no-store"}

    def find(self, image_id: UUID) -> InputImage:
        return find(cast(User, self.request.user), image_id)


class OneOwnImage(OwnImages):
    """The same where an address names a picture: whoever is not signed in learns nothing either."""

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        if not isinstance(request.user, User):
            raise NotFound
        super().permission_denied(request, message=message, code=code)


@takes_file(FIELD, MOST_BYTES)
class Images(OwnImages):
    """One's own pictures."""

    required_scopes = {"GET": Scope.GENERATIONS_READ, "POST": Scope.GENERATIONS_WRITE}
    parser_classes = [MultiPartParser]

    @extend_schema(summary="Your pictures, newest first", responses=ImageSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(ImageSerializer(page, many=True).data)

    @extend_schema(
        summary="Bring a picture to start from",
        description="It is decoded, turned upright and encoded anew, without any metadata, and counts against your "
        "storage by what is kept of it. The same picture again answers 200 with the one that is there.",
        request={"multipart/form-data": NewImage},
        responses={201: ImageSerializer, 200: ImageSerializer},
    )
    def post(self, request: Request) -> Response:
        file = request.FILES.get(FIELD)
        if unknown := sorted(set(request.data) - {FIELD}):
            raise Invalid(
                [FieldError(name, _("There is no such field."), FIELD) for name in unknown], code="unknown_field"
            )
        if file is None:
            raise refusal(_("There is no picture in this form."))
        image, is_new = images.add(actor=cast(User, request.user), file=file, name=file.name or "", size=file.size or 0)
        answer = Response(ImageSerializer(image).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)
        answer["Location"] = answer.data["links"]["self"]
        return answer


class ImageDetail(OneOwnImage):
    """One of them."""

    required_scopes = {"GET": Scope.GENERATIONS_READ, "DELETE": Scope.GENERATIONS_WRITE}

    @extend_schema(summary="One of your pictures", responses=ImageSerializer)
    def get(self, request: Request, image_id: UUID) -> Response:
        return Response(ImageSerializer(self.find(image_id)).data)

    @extend_schema(
        summary="Delete a picture",
        description="One that a generation started from answers 409 and stays.",
        responses={204: None},
    )
    def delete(self, request: Request, image_id: UUID) -> Response:
        images.remove(actor=cast(User, request.user), image=self.find(image_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImageContent(OneOwnImage):
    """The bytes of one, as they are kept."""

    required_scopes = {"GET": Scope.MEDIA_PRIVATE}
    http_method_names = ["get", "head"]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # Whatever the client accepts, it gets the file; problems are JSON.
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        summary="The bytes of a picture",
        responses={(200, images.CONTENT_TYPE): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponseBase:
        return content_of(self.find(image_id))


def find(user: User, image_id: UUID) -> InputImage:
    """One's own picture; NotFound for anybody else's and for none."""
    found = policies.images_of(user).filter(pk=image_id).first()
    if found is None:
        raise NotFound
    return found


def content_of(image: InputImage, *, small: bool = False) -> HttpResponse:
    """Its bytes, or those of its copy for lists, which nobody on the way may keep."""
    key = images.small_key(image.storage_key) if small else image.storage_key
    try:
        with storage.open_file(key) as file:
            response = HttpResponse(file.read(), content_type=images.CONTENT_TYPE)
    except StorageFailed as error:
        if not error.is_missing:
            raise
        raise NotFound from error
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Disposition"] = f'inline; filename="picture-{image.pk}.webp"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
