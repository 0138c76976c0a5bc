"""The operations, by what they are about; importing this declares them."""

# Scores first: `/customers/{customer_id}/score` must be asked before `/customers/{customer_id}`, whose number
# may hold slashes.
from keepwell.api.operations import scores  # isort: skip
from keepwell.api.operations import coupons, customers, facts, integrations, me, segments, tasks, tracking

__all__ = ["coupons", "customers", "facts", "integrations", "me", "scores", "segments", "tasks", "tracking"]
