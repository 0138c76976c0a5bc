"""The public addresses of a message, and whether there can be any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings

from keepwell.outreach.content import queries as content
from keepwell.outreach.sending.marks.tokens import Kind, Mark, seal

# Questionnaires that a text may lead to, by the value that says their address.
QUESTIONNAIRES = {"message.loss_survey_url": 1, "message.feedback_url": 2, "message.care_survey_url": 4}
AFTER_AN_ACTIVITY = 3  # whose questionnaire no text of the content leads to
WITHOUT_PAGES = ("message.unsubscribe_url", "message.preferences_url")
OWN = (*WITHOUT_PAGES, *QUESTIONNAIRES)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Channels whose marketing must carry an address to end it, and the sender's name and postal address.
WITH_ADDRESSES = frozenset({"email"})


def ready(channel: str = "email") -> str:
    """What keeps marketing and surveys from going out by `channel`: a code of `words.PROBLEM`, or "".

    One-click unsubscription needs an address of ours by HTTPS (RFC 8058, section 3.1); one of this very
    machine is let pass, to try things out.
    """
    if channel not in WITH_ADDRESSES:
        return ""
    if problem := unreachable():
        return problem
    brand = content.brand().values
    if not brand.get("company_name"):
        return "no_company_name"
    return "" if brand.get("legal_address") else "no_postal_address"


def unreachable() -> str:
    """What is wrong with the public address of this installation, as `ready` says it."""
    parts = urlsplit(settings.KEEPWELL_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "no_public_address"
    return "" if parts.scheme == "https" or parts.hostname in LOOPBACK else "address_not_https"


def unsubscribe_url(message_id: str) -> str:
    """Where a customer ends what the message is part of; takes the POST of RFC 8058."""
    return _address(f"u/{seal(Mark(Kind.WISHES, message_id))}")


def preferences_url(message_id: str) -> str:
    """Where a customer says what may come, and how."""
    return preferences_of(unsubscribe_url(message_id))


def preferences_of(unsubscribe: str) -> str:
    """The address of wishes beside the one to unsubscribe."""
    return f"{unsubscribe}/preferences"


def click_url(message_id: str, link: int) -> str:
    """The address that leads on to a link of the message, counted from 1."""
    return _address(f"c/{seal(Mark(Kind.CLICK, message_id, link))}")


def open_url(message_id: str) -> str:
    """The address of the picture that tells of an opening."""
    return _address(f"o/{seal(Mark(Kind.OPEN, message_id))}.gif")


def questions_url(message_id: str, questionnaire: int) -> str:
    """Where a customer answers a questionnaire; which, by its number."""
    return _address(f"q/{seal(Mark(Kind.ASK, message_id, questionnaire))}")


def guest_url(message_id: str) -> str:
    """Where whom the message invited says whether they come."""
    return _address(f"g/{seal(Mark(Kind.GUEST, message_id))}")


def is_own(target: str) -> bool:
    """Whether a link leads to a page of ours to unsubscribe: no such link is ever followed."""
    return target.startswith(_address("u/"))


class OwnAddresses(Mapping[str, str]):
    """What a template may say of the message itself, by dotted name; for `content.services.render`.

    Each is signed when it is asked for: few texts lead to a questionnaire. A questionnaire that nobody can
    reach is not told: what is said of it is left out, or nothing goes.
    """

    def __init__(self, message_id: str) -> None:
        self._message_id = message_id

    @cached_property
    def unsubscribe(self) -> str:
        """See `unsubscribe_url`."""
        return unsubscribe_url(self._message_id)

    def __getitem__(self, name: str) -> str:
        if name == "message.unsubscribe_url":
            return self.unsubscribe
        if name == "message.preferences_url":
            return preferences_of(self.unsubscribe)
        if name not in self:
            raise KeyError(name)
        return questions_url(self._message_id, QUESTIONNAIRES[name])

    def __contains__(self, name: object) -> bool:
        return name in self._names()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    @staticmethod
    def _names() -> tuple[str, ...]:
        return WITHOUT_PAGES if unreachable() else OWN


def _address(path: str) -> str:
    return f"{settings.KEEPWELL_URL.rstrip('/')}/{path}"
