"""Imports and cycles that are asked for in the browser and done by the worker."""
