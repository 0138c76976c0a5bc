"""Channels on which no worker sends: a message waits for its customer to come, or for a person."""

from __future__ import annotations

from collections.abc import Callable

from keepwell.outreach.channels.contracts import ChannelDownError, Envelope, Reply, Session, Settings


def no_session(_settings: Settings) -> Session:
    """A session over which nothing goes; for `Provider.open`."""
    return _Nobody()


class _Nobody:
    """There is nobody to hand a message to."""

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Nothing is ever sent."""
        raise ChannelDownError("no worker sends on this channel")

    def close(self) -> None:
        """Nothing is open."""
