"""What can be done about identity."""

from keepwell.customers.identity.services.duplicates import dismiss, find_duplicates
from keepwell.customers.identity.services.linking import link_anonymous
from keepwell.customers.identity.services.mergers import register_merger
from keepwell.customers.identity.services.merging import merge, preview, split

__all__ = ["dismiss", "find_duplicates", "link_anonymous", "merge", "preview", "register_merger", "split"]
