"""A hall whose orders are planned again and again, for `gaitway bench dispatch`."""

from __future__ import annotations

from time import perf_counter, process_time
from typing import Any

_SITES = 240
_SPEED = 1.5  # m/s
_SECONDS = 1.0


def rolling(orders: int, vehicles: int, replans: int) -> list[dict[str, Any]]:
    """Plan, let ten orders go and ten come and an idle vehicle fail, and plan again; figures of each plan.

    Sites are drawn at random in a hall of 66 x 140 m, ways are along its axes; a fifth of the orders is on
    board at first.
    """
    import numpy as np

    from ...fleet.dispatch.rolling import Plan, Site, Worker, replan
    from ...fleet.dispatch.with_ruin import compile_once
    from ...fleet.orders.order import Order

    compile_once()
    random = np.random.default_rng(0)
    xy = random.uniform(0.0, (66.0, 140.0), (_SITES, 2))
    distance = np.abs(xy[:, None] - xy[None]).sum(axis=2)
    sites = {f"site {i}": Site(i, 5.0) for i in range(_SITES)}
    workers = [
        Worker(f"amr {i}", int(random.integers(_SITES)), capacity=2.0, range=2000.0) for i in range(vehicles)
    ]

    def order(number: int, now: float, holder: str = "") -> Order:
        source, target = random.choice(_SITES, 2, replace=False)
        due, state = now + float(random.integers(200, 1500)), "picked" if holder else "new"
        attempt = int(bool(holder))
        return Order(
            f"{number:05d}",
            "pick",
            f"site {source}",
            f"site {target}",
            1.0,
            now,
            0.0,
            due,
            0,
            state,
            holder,
            attempt,
        )

    opened = [order(i, 0.0, workers[i % vehicles].name if i < orders // 5 else "") for i in range(orders)]
    figures, last = [], Plan()
    for step in range(replans):
        begin, spent = perf_counter(), process_time()
        last = replan(float(step), opened, workers, sites, distance, distance / _SPEED, _SECONDS, last)
        figures.append(
            {
                "seconds": round(perf_counter() - begin, 3),
                "processor_s": round(process_time() - spent, 3),
                "first": round(last.history[0][1], 1),
                "cost": round(last.cost, 1),
                "waiting": len(last.waits),
                "late": len(last.late),
            }
        )
        opened = opened[:-10] + [order(orders + 10 * step + i, float(step)) for i in range(10)]
        holders = {o.vehicle for o in opened}
        workers = [w for i, w in enumerate(workers) if w.name in holders or i != len(workers) - 1]
    return figures
