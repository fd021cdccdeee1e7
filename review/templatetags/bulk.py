"""Words of the pages on which cases are decided alike."""

from __future__ import annotations

from django import template

from review import wording

register = template.Library()

register.filter("bulk_result", wording.result_label)
