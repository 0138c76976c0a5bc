"""Groups of customers in WeCom: read, shown, and written to through the colleague who owns them."""
