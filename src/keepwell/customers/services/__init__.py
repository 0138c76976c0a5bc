"""What can be done to customers: keyword-only functions, one transaction each, audited."""

from keepwell.customers.services.records import ensure, upsert_many

__all__ = ["ensure", "upsert_many"]
