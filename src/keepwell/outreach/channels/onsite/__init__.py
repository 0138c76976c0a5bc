"""The shop's own website and app: what a page shows to whoever comes, as a banner or a pop-up."""

from keepwell.outreach.channels.onsite.account import APP, WEB
from keepwell.outreach.channels.onsite.contract import APP_CONTRACT, WEB_CONTRACT

PROVIDERS = (WEB, APP)

__all__ = ["APP", "APP_CONTRACT", "PROVIDERS", "WEB", "WEB_CONTRACT"]
