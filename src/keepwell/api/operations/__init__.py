"""The operations, by what they are about; importing this declares them."""

from keepwell.api.operations import tracking

__all__ = ["tracking"]
