"""Who the caller is."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Schema

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.api import auth
from keepwell.api.app import operation


class Me(Schema):
    """The user behind the call and what the call may do."""

    username: str
    permissions: list[str] = Field(description="What the user's roles and the token's scopes allow together")


@operation("GET", "/api/v1/me", permission=None, tag="Me", response=Me)
def get_me(request: HttpRequest) -> Me:
    """Say who calls and what the call may do"""
    who = auth.caller(request)
    allowed = [
        one.value
        for one in Permission
        if (who.scopes is None or one in who.scopes) and access.may(who.user, one)
    ]
    return Me(username=who.name, permissions=allowed)
