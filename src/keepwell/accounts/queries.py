"""What can be asked about users."""

from __future__ import annotations

from keepwell.accounts.models import User


def anybody_exists() -> bool:
    """Whether an account has been made at all."""
    return User.objects.exists()
