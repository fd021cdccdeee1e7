from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class GenerationConfig(AppConfig):
    name = "generation"
    verbose_name = _("Generation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from generation.checks import catalogue_is_sound

        register(catalogue_is_sound)
