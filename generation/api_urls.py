"""The addresses of this app in the API."""

from django.urls import URLPattern, path

from generation import api, image_api, queue_api

urlpatterns: list[URLPattern] = [
    path("models/", api.Models.as_view(), name="api-models"),
    path("price/", api.Price.as_view(), name="api-price"),
    path("generations/", api.Generations.as_view(), name="api-generations"),
    path("generations/<uuid:generation_id>/", api.GenerationDetail.as_view(), name="api-generation"),
    path("generations/<uuid:generation_id>/cancel/", api.GenerationCancel.as_view(), name="api-generation-cancel"),
    path("generations/<uuid:generation_id>/hold/", queue_api.GenerationHold.as_view(), name="api-generation-hold"),
    path(
        "generations/<uuid:generation_id>/resume/", queue_api.GenerationResume.as_view(), name="api-generation-resume"
    ),
    path("generations/<uuid:generation_id>/move/", queue_api.GenerationMove.as_view(), name="api-generation-move"),
    path("images/", image_api.Images.as_view(), name="api-images"),
    path("images/<uuid:image_id>/", image_api.ImageDetail.as_view(), name="api-image"),
    path("images/<uuid:image_id>/content/", image_api.ImageContent.as_view(), name="api-image-content"),
]
