"""Exhibitions, posters, leaflets, stores, partners' outlets: each with a code of its own."""
