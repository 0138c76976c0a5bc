"""What can be asked about customers; contact points come masked."""

from keepwell.customers.queries.records import (
    acquisition_costs,
    count,
    existing,
    find_by_contact,
    get,
    ids,
    names,
    owned_by,
    owner_of,
    owners_of,
)

__all__ = [
    "acquisition_costs",
    "count",
    "existing",
    "find_by_contact",
    "get",
    "ids",
    "names",
    "owned_by",
    "owner_of",
    "owners_of",
]
