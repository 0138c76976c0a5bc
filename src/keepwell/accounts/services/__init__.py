"""What can be done to users, and what they are given."""

from keepwell.accounts.services.approvals import ask_approval, decide, on_decision, withdraw_approval
from keepwell.accounts.services.authority import set_authority, set_second_factor, set_second_person
from keepwell.accounts.services.cards import save_card
from keepwell.accounts.services.duties import acknowledge
from keepwell.accounts.services.links import create_password_link, invite, set_password_by_link
from keepwell.accounts.services.people import (
    change_user,
    create_first_administrator,
    create_user,
    deactivate,
    reactivate,
    set_language,
    set_roles,
)
from keepwell.accounts.services.sessions import note_seen
from keepwell.accounts.services.teams import change_team, create_team, delete_team
from keepwell.accounts.services.tokens import authenticate_token, create_token, revoke_token

__all__ = [
    "acknowledge",
    "ask_approval",
    "authenticate_token",
    "change_team",
    "change_user",
    "create_first_administrator",
    "create_password_link",
    "create_team",
    "create_token",
    "create_user",
    "deactivate",
    "decide",
    "delete_team",
    "invite",
    "note_seen",
    "on_decision",
    "reactivate",
    "revoke_token",
    "save_card",
    "set_authority",
    "set_language",
    "set_password_by_link",
    "set_roles",
    "set_second_factor",
    "set_second_person",
    "withdraw_approval",
]
