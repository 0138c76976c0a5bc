"""Coupons and the offers that they come from."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web import panels
from keepwell.web.coupons import panel
from keepwell.web.views import coupon_offers, coupons

panels.register(panel.PANEL)

urlpatterns = [
    path("coupons/", coupons.listed, name="coupons"),
    re_path(r"^coupons/export\.(?P<kind>csv|xlsx)$", coupons.export, name="coupons_export"),
    path("coupons/counter/", coupons.counter, name="coupon_counter"),
    path("coupons/take/", coupons.take, name="coupons_take"),
    path("coupons/<int:coupon_id>/void/", coupons.void, name="coupon_void"),
    path("coupons/give/<path:customer_id>/", coupons.give, name="coupon_give"),
    path("coupons/offers/", coupon_offers.listed, name="coupon_offers"),
    path("coupons/offers/new/", coupon_offers.new, name="coupon_offer_new"),
    path("coupons/offers/<int:offer_id>/", coupon_offers.offer, name="coupon_offer"),
    path("coupons/offers/<int:offer_id>/codes/", coupon_offers.codes, name="coupon_codes"),
]
