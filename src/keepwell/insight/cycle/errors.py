"""Why a cycle cannot run."""


class CycleError(RuntimeError):
    """A cycle could not run or failed."""


class NoOrdersError(CycleError):
    """There is no purchase to learn from."""


class CycleBusyError(CycleError):
    """Another cycle is running."""


class LeaseLostError(CycleError):
    """Another process took over while this one was held up."""
