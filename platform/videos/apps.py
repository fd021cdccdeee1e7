from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class VideosConfig(AppConfig):
    name = "videos"
    verbose_name = _("Videos")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from videos.checks import delivery_fits_storage

        register(delivery_fits_storage)
