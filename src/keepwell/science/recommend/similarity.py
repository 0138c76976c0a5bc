"""What is bought by the same people: the nearest neighbours of each product, in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keepwell.science.recommend.purchases import Purchases

Floats = NDArray[np.float64]
BLOCK = 256  # products at a time: a block holds BLOCK x products numbers at most


def neighbours(bought: Purchases, products: int, *, most: int, shrinkage: float) -> sparse.csr_array:
    """For each product its `most` nearest, as a matrix (products, products) of likeness in 0…1.

    With n_ij customers who bought both, s_ij = n_ij / sqrt(n_i n_j) * n_ij / (n_ij + shrinkage): the cosine
    (Deshpande & Karypis 2004, equation 1), times a shrinkage that makes little of what few people did
    (Bell & Koren 2007). Nothing is its own neighbour.
    """
    people = int(bought.customer.max()) + 1 if len(bought) else 0
    ones = np.ones(len(bought))
    matrix = sparse.csc_array((ones, (bought.customer, bought.product)), shape=(people, products))
    rows = matrix.T.tocsr()
    norms = np.sqrt(np.asarray(matrix.sum(axis=0)).ravel())
    found_i, found_j, found_s = [], [], []
    for start in range(0, products, BLOCK):
        both = (rows[start : start + BLOCK] @ matrix).tocoo()
        i, j, n = both.row.astype(np.int64) + start, both.col.astype(np.int64), both.data
        other = i != j
        i, j, n = i[other], j[other], n[other]
        value = n / (norms[i] * norms[j]) * n / (n + shrinkage)
        kept = _nearest(i, j, value, most)
        found_i.append(i[kept])
        found_j.append(j[kept])
        found_s.append(value[kept])
    if not found_i:
        return sparse.csr_array((products, products))
    columns = (np.concatenate(found_i), np.concatenate(found_j))
    made = sparse.csr_array((np.concatenate(found_s), columns), shape=(products, products))
    made.sort_indices()
    return made


def _nearest(
    row: NDArray[np.int64], column: NDArray[np.int64], value: Floats, most: int
) -> NDArray[np.int64]:
    """Places of the `most` greatest values of each row; of equal ones the lower columns."""
    order = np.lexsort((column, -value, row))
    sorted_rows = row[order]
    starts = np.searchsorted(sorted_rows, sorted_rows, side="left")
    return order[np.arange(order.size) - starts < most]
