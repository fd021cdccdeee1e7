"""The addresses of this app in the API."""

from django.urls import URLPattern, path

from accounts import api

urlpatterns: list[URLPattern] = [
    path("me/", api.Me.as_view(), name="api-me"),
    path("terms/", api.Terms.as_view(), name="api-terms"),
    path("terms/accept/", api.TermsAccept.as_view(), name="api-terms-accept"),
    path("tokens/", api.Tokens.as_view(), name="api-tokens"),
    path("tokens/<uuid:token_id>/", api.TokenDetail.as_view(), name="api-token"),
    path("invitations/", api.Invitations.as_view(), name="api-invitations"),
    path("invitations/accept/", api.InvitationAccept.as_view(), name="api-invitations-accept"),
    path("invitations/<uuid:invitation_id>/revoke/", api.InvitationRevoke.as_view(), name="api-invitation-revoke"),
]
