"""Coupons on pages."""
