"""What can be done with coupons."""

from keepwell.outreach.coupons.services.giving import Occasion, give, give_by_hand, with_text
from keepwell.outreach.coupons.services.offering import add_codes, save_offer
from keepwell.outreach.coupons.services.redeeming import redeem, redeem_file
from keepwell.outreach.coupons.services.tidying import revive, tidy, void, withdraw

__all__ = [
    "Occasion",
    "add_codes",
    "give",
    "give_by_hand",
    "redeem",
    "redeem_file",
    "revive",
    "save_offer",
    "tidy",
    "void",
    "with_text",
    "withdraw",
]
