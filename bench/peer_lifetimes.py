"""What `lifetimes` does with a file; runs in the peers' environment and knows nothing of Keepwell."""

import json
import resource
import sys


def cpu_seconds():
    """User and system time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def fit(path):
    """BG/NBD on the arrays frequency, recency, T of an .npy file."""
    import numpy
    from lifetimes import BetaGeoFitter

    frequency, recency, age = numpy.load(path)
    start = cpu_seconds()
    model = BetaGeoFitter().fit(frequency, recency, age)
    return {"cpu_seconds": cpu_seconds() - start, "params": {k: float(v) for k, v in model.params_.items()}}


def summarize(path):
    """RFM summary of a Parquet file with customer_id, ordered_at, amount up to its last day."""
    import pandas
    from lifetimes.utils import summary_data_from_transaction_data

    orders = pandas.read_parquet(path)
    start = cpu_seconds()
    table = summary_data_from_transaction_data(
        orders, "customer_id", "ordered_at", monetary_value_col="amount", observation_period_end="2024-09-30"
    )
    seconds = cpu_seconds() - start
    sums = table[["frequency", "recency", "T", "monetary_value"]].sum()
    return {"cpu_seconds": seconds, "customers": len(table), "sums": [float(value) for value in sums]}


if __name__ == "__main__":
    print(json.dumps({"fit": fit, "summarize": summarize}[sys.argv[1]](sys.argv[2])))
