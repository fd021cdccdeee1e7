"""How private bytes leave, once `videos.visibility` has let the request in (`settings.MEDIA_DELIVERY`).

- direct: Django sends them, with ranges. The file is read in threads, so that a slow viewer holds up nobody.
- nginx: an X-Accel-Redirect names the file, and nginx sends it (see deploy/nginx/dailies.conf).
- presigned: a redirect to an address that S3 serves for at most a minute.

Nothing may be kept on the way: every answer says `private, no-store`, so that a take-down holds at the next request.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from rest_framework.request import Request

from common.errors import NotFound
from videos import storage
from videos.models import Rendition
from videos.ranges import Span, Unsatisfiable, not_modified, precondition_failed, wanted_span
from videos.states import RenditionKind
from videos.storage import StorageFailed

LONGEST_PRESIGNED = 60


def respond(request: HttpRequest | Request, rendition: Rendition) -> HttpResponseBase:
    """The bytes of a rendition that the caller was allowed to see, or the part of them that was asked for."""
    plain = request._request if isinstance(request, Request) else request
    # A player reads captions from the page's own host alone, and they are small: those we send ourselves.
    if settings.MEDIA_DELIVERY == "presigned" and rendition.kind != RenditionKind.CAPTIONS:
        response: HttpResponseBase = _presigned(plain, rendition)
    else:
        if not storage.is_intact(rendition):
            # Other bytes than the approved ones are nobody's to see.
            raise NotFound
        response = _conditional(plain, rendition)
    return _sealed(response)


def _sealed(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _conditional(request: HttpRequest, rendition: Rendition) -> HttpResponseBase:
    etag = f'"{rendition.sha256}"'
    if precondition_failed(request.headers, etag):
        return HttpResponse(status=412)
    response: HttpResponseBase
    if not_modified(request.headers, etag):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    elif settings.MEDIA_DELIVERY == "nginx":
        response = HttpResponse()
        response["X-Accel-Redirect"] = settings.MEDIA_ACCEL_PREFIX + rendition.storage_key
        _describe(response, request, rendition)
    else:
        response = _direct(request, rendition, etag)
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    return response


def _direct(request: HttpRequest, rendition: Rendition, etag: str) -> HttpResponseBase:
    whole = Span(0, rendition.size, rendition.size)
    # The RFC defines ranges for GET alone: a HEAD tells of the whole.
    try:
        part = wanted_span(request.headers, etag, rendition.size) if request.method == "GET" else None
    except Unsatisfiable:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{rendition.size}"
        return response
    span = part or whole
    status = 206 if part else 200
    if request.method == "HEAD":
        answer: HttpResponseBase = HttpResponse(status=status)
    else:
        answer = StreamingHttpResponse(_reader(request, rendition, span), status=status)
    answer["Content-Length"] = str(span.length)
    if part:
        answer["Content-Range"] = span.content_range
    _describe(answer, request, rendition)
    return answer


def _describe(response: HttpResponseBase, request: HttpRequest, rendition: Rendition) -> None:
    response["Content-Type"] = rendition.content_type
    response["Content-Disposition"] = _disposition(request, rendition)


def _disposition(request: HttpRequest, rendition: Rendition) -> str:
    """A file name of letters, digits and dashes, whatever the title is."""
    name = slugify(rendition.video.title)[:60] or "video"
    extension = storage.EXTENSIONS.get(rendition.content_type, "bin")
    film = rendition.kind in {RenditionKind.ORIGINAL, RenditionKind.SHARE_COPY}
    kind = "" if film else f"-{rendition.kind.replace('_', '-')}"
    download = request.GET.get("download") == "1"
    return content_disposition_header(download, f"{name}{kind}.{extension}") or ""


def _presigned(request: HttpRequest, rendition: Rendition) -> HttpResponseRedirect:
    """S3 answers ranges and conditions itself; the address dies within a minute, a take-down before that."""
    return HttpResponseRedirect(
        storage.presigned_url(
            rendition.storage_key,
            seconds=min(settings.MEDIA_PRESIGNED_SECONDS, LONGEST_PRESIGNED),
            method=request.method or "GET",
            content_type=rendition.content_type,
            disposition=_disposition(request, rendition),
        )
    )


def _reader(request: HttpRequest, rendition: Rendition, span: Span) -> Iterator[bytes] | _InThreads:
    try:
        chunks = storage.read_range(rendition.storage_key, span.start, span.length)
    except StorageFailed as error:
        if not error.is_missing:
            raise
        raise NotFound from error
    # Each kind of server warns about the other kind's iterators, and rightly: it would read the file into memory.
    return _InThreads(chunks) if isinstance(request, ASGIRequest) else chunks


class _InThreads:
    """Reads each chunk in a thread, so that the event loop never waits for a disk."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        step = sync_to_async(self._next, thread_sensitive=False)
        while chunk := await step():
            yield chunk

    def _next(self) -> bytes:
        return next(self._chunks, b"")

    def close(self) -> None:
        """Django calls it when the answer ends, early or not."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()
