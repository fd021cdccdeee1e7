"""Files that people send: none, except in the one field of a view that says that it takes one.

Django asks for the handlers before a view runs (the check against forged requests reads the form), so a view says it
of itself, by `takes_file`, and the handler looks at the view that the address leads to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

View = TypeVar("View", bound=Callable[..., Any])

TAKES = "takes_file"
NAME_SHOWN = 80  # characters of a field's name, which is the sender's
REST_OF_A_FORM = 1_048_576  # bytes that a form may have beside its file


def takes_file(field: str, most: int) -> Callable[[View], View]:
    """Let a view (or a class of the API) take a file in `field`, of which at most a byte more than `most` is kept."""

    def mark(view: View) -> View:
        setattr(view, TAKES, (field, most))
        return view

    return mark


class FileRefused(BadRequest):
    """A file that belongs nowhere here; the sentence names its field, for pages and API alike."""

    code = "file_refused"


class OnlyWhereTaken(FileUploadHandler):
    """Refuses a form that carries a file where none belongs, before anything of the file is read or kept."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._kept: TemporaryUploadedFile | None = None

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        taken = self._taken()
        if taken is not None and content_length > 2 * taken[1] + REST_OF_A_FORM:
            most = filesizeformat(taken[1])
            raise FileRefused(
                _("This form is far larger than the file that it may carry, which is at most %(most)s.")
                % {"most": most}
            )

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        taken = self._taken()
        if taken is None or field_name != taken[0] or self._kept is not None:
            raise FileRefused(self._why_not(field_name))
        self._kept = TemporaryUploadedFile(
            self.file_name or "", self.content_type, 0, self.charset, self.content_type_extra
        )

    def _why_not(self, field_name: str) -> str:
        taken = self._taken()
        words = {"field": field_name[:NAME_SHOWN], "taken": taken[0] if taken else ""}
        if taken is None:
            why = _("There is a file in the field “%(field)s”, and files are not taken here.")
        elif field_name == taken[0]:
            why = _("There is more than one file in the field “%(field)s”, which takes one.")
        else:
            why = _("There is a file in the field “%(field)s”; only the field “%(taken)s” takes one.")
        return " ".join((why % words, _("Nothing was kept. Send it again without that file.")))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        kept, taken = self._kept, self._taken()
        assert kept is not None  # noqa: S101  new_file has made it
        assert taken is not None  # noqa: S101
        # What is too long is read to its end, so that the answer reaches its sender, and is not kept.
        kept.write(raw_data[: max(0, taken[1] + 1 - start)])

    def file_complete(self, file_size: int) -> TemporaryUploadedFile | None:
        if self._kept is not None:
            self._kept.seek(0)
            self._kept.size = file_size  # what was sent, also where less was kept
        return self._kept

    def upload_interrupted(self) -> None:
        if self._kept is not None:
            self._kept.close()

    def _taken(self) -> tuple[str, int] | None:
        match = getattr(self.request, "resolver_match", None)
        view = getattr(match, "func", None)
        found: tuple[str, int] | None = getattr(getattr(view, "cls", view), TAKES, None)
        return found
