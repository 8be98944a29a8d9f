"""Whether all orders of a journal were done properly, read by SQL alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def check_orders(path: Path) -> int:
    """Each order took its steps once and in turn, as events and table say; how often a load was handled."""
    with closing(sqlite3.connect(path)) as database:
        taken = database.execute(
            "SELECT order_id, kind FROM events WHERE order_id IS NOT NULL AND kind <> 'order_late'"
            " ORDER BY id"
        ).fetchall()
        states = dict(database.execute("SELECT id, state FROM orders").fetchall())
        held = database.execute("SELECT actor FROM orders WHERE state IN ('assigned', 'picked')").fetchall()
    steps: dict[str, list[str]] = {order: [] for order, _ in taken}
    for order, kind in taken:
        steps[order].append(kind.removeprefix("order_"))
    assert sorted(steps) == sorted(states) == [f"order_{k:05d}" for k in range(len(states))]
    after = {"created": "new", "returned": "new"}
    for order, kinds in steps.items():
        assert kinds[0] == "created" and after.get(kinds[-1], kinds[-1]) == states[order]
        for kind in ("created", "picked", "delivered"):
            assert kinds.count(kind) <= 1, (order, kinds)
        dealt = [kind for kind in kinds if kind in ("assigned", "returned")]
        assert dealt == (["assigned", "returned"] * len(dealt))[: len(dealt)], (order, kinds)
        if "delivered" in kinds:
            assert kinds[-3:] == ["assigned", "picked", "delivered"]
    assert len(set(held)) == len(held), "one order for one vehicle"
    return sum(kind in ("order_picked", "order_delivered") for _, kind in taken)
