"""Addresses of people: the way in, a person's own pages, and people, teams and tokens of a workspace."""

from django.urls import path

from accounts import api
from accounts.views import home, joining, keys, me, people, teams, tokens

urlpatterns = [
    path("", home.home, name="home"),
    path("workspaces/new/", home.new_workspace, name="new_workspace"),
    path("join/", joining.join_pending, name="join_pending"),
    path("join/<str:token>/", joining.join, name="join"),
    path("language/", me.language, name="set_language"),
    path("theme/", me.theme, name="set_theme"),
    path("me/", me.profile, name="profile"),
    path("me/keys/", keys.keys, name="keys"),
    path("me/keys/key/", keys.key, name="key_set"),
    path("me/keys/reset/", keys.reset, name="keys_reset"),
    path("me/keys/single/", keys.single, name="keys_single"),
    path("me/sessions/", me.sessions, name="sessions"),
    path("me/sessions/others/end/", me.sessions_end_others, name="sessions_end_others"),
    path("me/sessions/<int:session_id>/end/", me.session_end, name="session_end"),
    path("w/<slug:slug>/people/", people.people, name="people"),
    path("w/<slug:slug>/people/leave/", people.member_leave, name="member_leave"),
    path("w/<slug:slug>/people/name/", people.workspace_rename, name="workspace_rename"),
    path("w/<slug:slug>/people/invitations/", people.invitation_create, name="invitation_create"),
    path(
        "w/<slug:slug>/people/invitations/<int:invitation_id>/revoke/",
        people.invitation_revoke,
        name="invitation_revoke",
    ),
    path("w/<slug:slug>/people/teams/", teams.team_create, name="team_create"),
    path("w/<slug:slug>/people/teams/<int:team_id>/name/", teams.team_rename, name="team_rename"),
    path("w/<slug:slug>/people/teams/<int:team_id>/delete/", teams.team_delete, name="team_delete"),
    path("w/<slug:slug>/people/teams/<int:team_id>/seats/", teams.team_add, name="team_add"),
    path(
        "w/<slug:slug>/people/teams/<int:team_id>/seats/<int:membership_id>/remove/",
        teams.team_remove,
        name="team_remove",
    ),
    path("w/<slug:slug>/people/tokens/", tokens.tokens, name="tokens"),
    path("w/<slug:slug>/people/tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("w/<slug:slug>/people/<int:membership_id>/role/", people.member_role, name="member_role"),
    path(
        "w/<slug:slug>/people/<int:membership_id>/deactivate/",
        people.member_deactivate,
        name="member_deactivate",
    ),
    path(
        "w/<slug:slug>/people/<int:membership_id>/reactivate/",
        people.member_reactivate,
        name="member_reactivate",
    ),
    path("api/v1/w/<slug:slug>/me", api.MeView.as_view(), name="api_me"),
]
