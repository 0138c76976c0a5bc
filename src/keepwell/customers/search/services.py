"""What can be done with the index: keep it in line, build it anew, forget people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from keepwell.customers import queries as customers
from keepwell.customers.search import indexing, orders, tokens
from keepwell.customers.search.indexing import register_source
from keepwell.customers.search.models import Document, IndexState, Posting, Stale

__all__ = ["build_orders", "changed", "forget", "forget_orders", "rebuild", "refresh", "register_source"]

# So many are indexed in the caller's transaction; more are left to the worker, so that imports stay quick.
AT_ONCE = 200
CHUNK = 2_000
# Neighbours land on the same pages, so large parts cost less; SQLite has one writer, and nobody else may
# wait for long: a live event is to be in its journey within two seconds.
REBUILD_CHUNK, REBUILD_CHUNK_SQLITE = 20_000, 4_000
# Whoever waits for SQLite looks again after at most a tenth of a second.
LET_OTHERS_WRITE_SECONDS = 0.15


def changed(*, customer_ids: Iterable[str], at: datetime) -> None:
    """Say that records changed: few are indexed now, many by the worker. In the caller's transaction."""
    ids = sorted(set(customer_ids))
    if not ids:
        return
    if len(ids) <= AT_ONCE:
        indexing.index(ids)
    else:
        Stale.objects.bulk_create(
            [Stale(customer_id=customer_id, marked_at=at) for customer_id in ids],
            ignore_conflicts=True,
            batch_size=5_000,
        )


def refresh(*, now: datetime, limit: int = 20_000) -> int:
    """Index what was left to the worker; all of it anew where the key or the spelling rules changed.

    Returns how many were looked at. Idempotent; a crash leaves the rest for the next time.
    """
    state = IndexState.objects.filter(pk=1).first()
    if state is None or state.key_mark != tokens.mark() or state.built_at is None:
        return rebuild(now=now)
    done = 0
    while done < limit:
        ids = list(Stale.objects.order_by("customer_id").values_list("customer_id", flat=True)[:CHUNK])
        if not ids:
            break
        indexing.index(ids)
        done += len(ids)
        _let_others_write()
    return done


def rebuild(*, now: datetime, progress: Callable[[int], None] | None = None) -> int:
    """Index everybody anew, also after a change of the index key; returns how many customers were read.

    Tokens of an earlier key are thrown away first: until it is done, search finds only those indexed so far.
    """
    mark = tokens.mark()
    state = IndexState.objects.filter(pk=1).first()
    if state is None or state.key_mark != mark:
        with transaction.atomic():
            _empty()
            IndexState.objects.update_or_create(pk=1, defaults={"key_mark": mark, "built_at": None})
    done = 0
    ids = customers.ids()
    # The numbers are read first: nothing may be streamed from a database that is being written.
    everybody = list(ids)
    iterator = iter(everybody)
    size = REBUILD_CHUNK_SQLITE if connection.vendor == "sqlite" else REBUILD_CHUNK
    while chunk := list(islice(iterator, size)):
        indexing.index(chunk)
        done += len(chunk)
        _let_others_write()
        if progress:
            progress(done)
    _forget_strangers()
    IndexState.objects.filter(pk=1).update(built_at=now)
    return done


def forget(*, customer_ids: Iterable[str]) -> int:
    """Take people out of the index, whether their record is still there or not; returns how many were in."""
    ids = list(customer_ids)
    with transaction.atomic():
        documents = list(
            Document.objects.select_for_update().filter(customer_id__in=ids).order_by("customer_id")
        )
        for document in documents:
            Posting.objects.filter(token__in=tokens.unpack(document.tokens), document_id=document.pk).delete()
        Document.objects.filter(pk__in=[document.pk for document in documents]).delete()
        Stale.objects.filter(customer_id__in=ids).delete()
    return len(documents)


def build_orders() -> int:
    """Take the lake's new orders into the look-up by order number; returns how many there were."""
    return orders.build()


def forget_orders() -> None:
    """Throw the look-up by order number away; the worker makes it anew from what the lake says then."""
    orders.remove()


def _forget_strangers() -> None:
    """Drop the places of customers whose record is gone."""
    known = Document.objects.order_by("pk")
    last = 0
    while chunk := list(known.filter(pk__gt=last).values_list("pk", "customer_id")[:CHUNK]):
        last = chunk[-1][0]
        here = customers.existing(customer_id for _, customer_id in chunk)
        strangers = [customer_id for _, customer_id in chunk if customer_id not in here]
        if strangers:
            forget(customer_ids=strangers)


def _let_others_write() -> None:
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(LET_OTHERS_WRITE_SECONDS)


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM search_posting")
        cursor.execute("DELETE FROM search_document")
