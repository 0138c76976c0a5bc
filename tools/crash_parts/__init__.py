"""Helpers of tools/crash.py."""
