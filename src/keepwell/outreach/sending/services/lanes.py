"""Connections to a provider, one or several, over which the messages of a batch go.

Where a provider takes more than one connection of ours, one waits for an answer while the next message is
made and another one goes. Nothing but a session and the journal is used beside the first thread: no database.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from keepwell.outreach.channels.contracts import AccountStoppedError, Envelope, Fate, Refusal, Reply, Session
from keepwell.outreach.sending.journal import Journal

Connect = Callable[[], Session]


class Lane:
    """One connection, opened when the first message comes and anew after an answer got lost."""

    def __init__(self, connect: Connect, journal: Journal, replies: dict[str, Reply]) -> None:
        self._connect, self._journal, self._replies = connect, journal, replies
        self._session: Session | None = None

    def send(self, envelope: Envelope) -> None:
        """Hand it over and keep the answer; raises ChannelDownError as the session does."""
        name = envelope.message_id
        self._session = self._session or self._connect()
        reply = self._session.send(envelope, committing=lambda: self._journal.begun(name))
        if reply.refusal is Refusal.STOP:
            # It has not been taken: it waits with all the others.
            raise AccountStoppedError(f"{reply.code} {reply.detail}".strip())
        self._journal.done(name, reply)
        self._replies[name] = reply
        if reply.fate is Fate.UNKNOWN:
            # The connection is gone with the answer.
            self.close()

    def close(self) -> None:
        """End the connection."""
        if self._session is not None:
            self._session.close()
        self._session = None


class Lanes:
    """Several of them side by side; a context manager, at whose end every message put in has its answer.

    Where one of them fails, the others end with the message that they have in hand; the error is raised by
    `put` or at the end. What was put in and did not go has no answer.
    """

    def __init__(self, connect: Connect, journal: Journal, replies: dict[str, Reply], *, most: int) -> None:
        self._lanes = [Lane(connect, journal, replies) for _ in range(most)]
        self._threads: list[threading.Thread] = []
        self._waiting: queue.Queue[Envelope | None] = queue.Queue(maxsize=most)
        self._over = threading.Event()
        self._errors: list[BaseException] = []

    def __enter__(self) -> Lanes:
        return self

    def put(self, envelope: Envelope) -> None:
        """Let it go over whichever is free; waits while none is."""
        if len(self._lanes) == 1:
            self._lanes[0].send(envelope)
            return
        self._raise()
        if len(self._threads) < len(self._lanes):
            lane = self._lanes[len(self._threads)]
            thread = threading.Thread(target=self._run, args=(lane,), daemon=True)
            self._threads.append(thread)
            thread.start()
        self._waiting.put(envelope)

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None:
            self._over.set()
        for _thread in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        if not self._threads:
            self._lanes[0].close()
        if kind is None:
            self._raise()

    def _run(self, lane: Lane) -> None:
        """Send what comes until the end; after an error only take it out of the way."""
        try:
            while (envelope := self._waiting.get()) is not None:
                if not self._over.is_set():
                    self._send(lane, envelope)
        finally:
            lane.close()

    def _send(self, lane: Lane, envelope: Envelope) -> None:
        try:
            lane.send(envelope)
        except BaseException as error:  # whatever it is, it is raised in the first thread
            self._errors.append(error)
            self._over.set()

    def _raise(self) -> None:
        """What a person must see to counts for more than an outage."""
        if self._errors:
            raise next((one for one in self._errors if isinstance(one, AccountStoppedError)), self._errors[0])
