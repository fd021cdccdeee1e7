"""The pages of this app. They are mounted before django-allauth's, some of which they hide."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts import views

# An address proves who was invited, so it cannot be changed or added to here; codes by mail are not in use either.
NOT_OFFERED = {
    "accounts/": r"^(?:email|confirm-email|login/code/confirm|password/set)/",
    "_allauth/": r"^browser/v1/(?:account/(?:email|phone)|auth/(?:email|phone|code)/)",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("invitations/<str:secret>/", views.invitation, name="invitation"),
    path("terms/", views.terms, name="terms"),
    path("settings/tokens/", views.tokens, name="tokens"),
    path("settings/tokens/<uuid:token_id>/revoke/", views.token_revoke, name="token-revoke"),
    *(path(start, include([re_path(rest, views.not_offered)])) for start, rest in NOT_OFFERED.items()),
]
