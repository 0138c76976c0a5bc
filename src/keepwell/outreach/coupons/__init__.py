"""Coupons: codes that are given to one customer each, told in a message, and redeemed once."""
