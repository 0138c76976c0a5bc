"""What can be done to users, and what they are given."""

from keepwell.accounts.services.people import create_first_administrator, set_language
from keepwell.accounts.services.tokens import authenticate_token, create_token, revoke_token

__all__ = [
    "authenticate_token",
    "create_first_administrator",
    "create_token",
    "revoke_token",
    "set_language",
]
