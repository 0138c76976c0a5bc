"""The views: each calls a gate, asks queries, and renders."""
