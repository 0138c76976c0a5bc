"""What can be asked about users, what they may do and decide, and what waits for them."""

from keepwell.accounts.queries.authority import (
    approval,
    approvals_asked,
    approvals_decided,
    approvals_waiting,
    authority,
    authority_table,
    grants,
    price_change_share,
    within_authority,
)
from keepwell.accounts.queries.cards import card, writers
from keepwell.accounts.queries.duties import (
    acknowledged_at,
    confidentiality_text,
    confidentiality_version,
    must_acknowledge,
    must_add_second_factor,
    roles_asking_second_factor,
    roles_with_second_factor,
)
from keepwell.accounts.queries.people import (
    address_is_taken,
    anybody_exists,
    find_user,
    team,
    teams,
    user,
    user_of_address,
    user_of_link,
    usernames,
    users,
)
from keepwell.accounts.queries.second import needs_another, second_person_table
from keepwell.accounts.queries.tokens import authenticate_token, token_view, tokens

__all__ = [
    "acknowledged_at",
    "address_is_taken",
    "anybody_exists",
    "approval",
    "approvals_asked",
    "approvals_decided",
    "approvals_waiting",
    "authenticate_token",
    "authority",
    "authority_table",
    "card",
    "confidentiality_text",
    "confidentiality_version",
    "find_user",
    "grants",
    "must_acknowledge",
    "must_add_second_factor",
    "needs_another",
    "price_change_share",
    "roles_asking_second_factor",
    "roles_with_second_factor",
    "second_person_table",
    "team",
    "teams",
    "token_view",
    "tokens",
    "user",
    "user_of_address",
    "user_of_link",
    "usernames",
    "users",
    "within_authority",
    "writers",
]
