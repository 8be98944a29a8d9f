"""Orders: they come in, are dealt to AMRs that are free, and are followed until they are done.

Who takes what is decided for all at once: the sum of ways to the loads is made small, and an order that has
waited long counts as nearer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..journal.journal import Journal, OrderRow
from .demand import Demand, draw_demand
from .network import Network
from .scenario import FleetCfg, OrdersCfg
from .vehicles import Vehicles

_AGE_BONUS = 0.1  # m that an order comes nearer for each second that it waits
_DRAIN_REST, _DRAIN_WAY = 1 / 28_800, 1 / 18_000  # of a battery, for a second and a metre
_CHARGED = 0.8


class Work:
    """All orders of one run, and what vehicles do.

    Args:
        network, vehicles: where, and by whom.
        cfg: how many orders.
        fleet: when and how fast they charge.
        journal: in which it is written down.
        seconds: of the run.
        rng: source of chance.

    Attributes:
        orders: all that came in so far, by id.
        task: what each vehicle does: '' if it is free, 'charge', or 'fetch' or 'bring' and an order.
    """

    def __init__(
        self,
        network: Network,
        vehicles: Vehicles,
        cfg: OrdersCfg,
        fleet: FleetCfg,
        journal: Journal,
        seconds: float,
        rng: np.random.Generator,
    ) -> None:
        self._network, self._vehicles, self._journal = network, vehicles, journal
        self._due, self._charge_below = 60.0 * cfg.due_minutes, fleet.charge_below
        self._charge = 1 / (60.0 * fleet.charge_minutes)  # of a battery, a second
        slots, closed = _slots(network.aisles), _slots(network.closed)
        self._places = slots | network.stations
        self._demand = draw_demand(cfg, seconds, list(slots), list(closed), list(network.stations), rng)
        self._next = 0
        self.orders: dict[str, OrderRow] = {}
        self.task = [""] * len(vehicles)
        self._order: list[str] = [""] * len(vehicles)
        self._charger: list[str] = [""] * len(vehicles)
        self._late: set[str] = set()
        self._out: set[str] = set()  # stations

    def step(self, time: float) -> None:
        """Take in orders that came by `time` in s, and send who is free."""
        while self._next < len(self._demand) and self._demand[self._next].created <= time:
            self._take_in(time)
        for order in self.orders.values():
            if (
                order.state in ("new", "assigned", "picked")
                and order.due < time
                and order.id not in self._late
            ):
                self._late.add(order.id)
                self._journal.event(time, "order_late", actor=order.actor, order=order.id, place=order.target)
        self._send_to_chargers(time)
        self._assign(time)
        self._send_again(time)

    def arrived(self, time: float, robots: np.ndarray) -> None:
        """Vehicles have come to where they were sent: they load, unload or charge."""
        for k in robots.tolist():
            if self.task[k] == "fetch":
                self._picked(time, k)
            elif self.task[k] == "bring":
                self._delivered(time, k)
            elif self.task[k] == "charge":
                self._journal.event(
                    time, "charging_started", actor=name_of(k), place=self._charger[k],
                    value=float(self._vehicles.battery[k]),
                )  # fmt: skip
                self._vehicles.busy[k] = (_CHARGED - self._vehicles.battery[k]) / self._charge
                self.task[k] = "charging"

    def drain(self, dt: float) -> None:
        """Batteries over `dt` s."""
        vehicles = self._vehicles
        vehicles.battery -= dt * _DRAIN_REST + vehicles.speed * dt * _DRAIN_WAY
        charging = np.array([task == "charging" for task in self.task])
        vehicles.battery[charging] += dt * (self._charge + _DRAIN_REST)
        np.clip(vehicles.battery, 0.0, 1.0, out=vehicles.battery)

    def lost(self, time: float, k: int) -> None:
        """Vehicle k broke down: its order waits for another, from where the load is now."""
        if self.task[k] == "fetch":
            self._give_back(time, k)

    def _give_back(self, time: float, k: int) -> None:
        order = self.orders[self._order[k]]
        self._put(replace(order, state="new", actor=None))
        self._journal.event(time, "order_returned", actor=name_of(k), order=order.id)
        self.task[k], self._order[k] = "", ""

    def use(self, time: float, out: set[str]) -> None:
        """From `time` in s on stations `out` are out of use: what goes there goes to another, or waits.

        Who stands at one unloads there still.
        """
        newly, self._out = out - self._out, set(out)
        if not newly:
            return
        for k in np.flatnonzero([task in ("fetch", "bring") for task in self.task]).tolist():
            place = self._goal(k)
            if place in newly and self._vehicles.cells[k] != self._places[place]:
                self._vehicles.traffic.recall([k])  # `step` sends it on
                if self.task[k] == "fetch":
                    self._give_back(time, k)
        for order in list(self.orders.values()):
            if order.target in newly and order.state in ("new", "assigned", "picked"):
                self._redirect(time, order)

    def _redirect(self, time: float, order: OrderRow) -> None:
        """Have an order go to the nearest station that is in use, unless its load is there, or none is."""
        at = self._network.at
        left = {name: vertex for name, vertex in self._network.stations.items() if name not in self._out}
        there = self._places[order.target]
        carriers = [k for k, name in enumerate(self._order) if name == order.id and self.task[k] == "bring"]
        if not left or any(self._vehicles.cells[k] == there for k in carriers):
            return
        nearest = min(left, key=lambda name: float(np.linalg.norm(at[left[name]] - at[there])))
        self._put(replace(order, target=nearest))
        self._journal.event(
            time, "order_redirected", actor=order.actor, order=order.id, place=nearest, note=order.target
        )

    def state(self) -> dict[str, Any]:
        """Who does what, for a checkpoint; the orders themselves are in the journal."""
        return {
            "next": self._next, "task": self.task, "order": self._order, "charger": self._charger,
            "late": sorted(self._late), "out": sorted(self._out),
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any], orders: Sequence[OrderRow]) -> None:
        """Go on from a `state`, with all orders that had come in by then in that sequence."""
        self.orders = {order.id: order for order in orders}
        self._next, self._late, self._out = state["next"], set(state["late"]), set(state["out"])
        self.task, self._order, self._charger = (list(state[name]) for name in ("task", "order", "charger"))

    def lost_orders(self) -> int:
        """How many orders are said to be under way, and no vehicle has them."""
        held = {order for order in self._order if order}
        return sum(
            order.state in ("assigned", "picked") and order.id not in held for order in self.orders.values()
        )

    def _take_in(self, time: float) -> None:
        new, name = self._demand[self._next], f"order_{self._next:05d}"
        self._next += 1
        due = new.created + self._due
        self._put(OrderRow(name, new.kind, new.sku, new.source, new.target, new.created, due, "new"))
        self._journal.event(time, "order_created", order=name, place=new.source, note=new.kind)
        if new.target in self._out:
            self._redirect(time, self.orders[name])

    def _ordered(self, order: OrderRow) -> Demand:
        return self._demand[int(order.id.removeprefix("order_"))]

    def _assign(self, time: float) -> None:
        vehicles = self._vehicles
        free = [k for k in range(len(vehicles)) if self._is_free(k)]
        core = vehicles.traffic.core
        waiting = [
            order
            for order in self.orders.values()
            if order.state == "new"
            and core[self._places[order.source]]
            and core[self._places[order.target]]
            and not self._out & {order.source, order.target}
        ]
        if not free or not waiting:
            return
        loads = self._network.at[[self._places[order.source] for order in waiting]]
        way = np.abs(vehicles.position[free][:, None] - loads[None]).sum(axis=2)
        age = np.array([time - order.created for order in waiting])
        for i, j in zip(*linear_sum_assignment(way - _AGE_BONUS * age), strict=True):
            k, order = free[i], waiting[j]
            self._put(replace(order, state="assigned", actor=name_of(k)))
            self._journal.event(time, "order_assigned", actor=name_of(k), order=order.id)
            self.task[k], self._order[k] = "fetch", order.id

    def _is_free(self, k: int) -> bool:
        vehicles = self._vehicles
        return not self.task[k] and bool(vehicles.traffic.active[k]) and not vehicles.failed[k]

    def _send_again(self, time: float) -> None:
        """Send who has something to do and is sent nowhere, as after an incident, if that can be reached.

        Who cannot reach the load of an order gives it back.
        """
        traffic = self._vehicles.traffic
        for k, task in enumerate(self.task):
            if task not in ("fetch", "bring", "charge") or traffic.goal[k] >= 0 or self._vehicles.busy[k] > 0:
                continue
            place = self._goal(k)
            goal = self._network.chargers[place] if task == "charge" else self._places[place]
            if traffic.active[k] and traffic.core[goal] and place not in self._out:
                traffic.send([k], [goal])
            elif task == "fetch" and not traffic.core[goal]:
                self._give_back(time, k)

    def _goal(self, k: int) -> str:
        """The place that vehicle k goes to."""
        if self.task[k] == "charge":
            return self._charger[k]
        order = self.orders[self._order[k]]
        return order.source if self.task[k] == "fetch" else order.target

    def _send_to_chargers(self, time: float) -> None:
        vehicles = self._vehicles
        for k in range(len(vehicles)):
            if self.task[k] == "charging" and vehicles.busy[k] <= 0:
                self._journal.event(
                    time, "charging_ended", actor=name_of(k), place=self._charger[k],
                    value=float(vehicles.battery[k]),
                )  # fmt: skip
                self.task[k] = self._charger[k] = ""
        for k in np.argsort(vehicles.battery).tolist():
            free = [name for name in self._network.chargers if name not in self._charger]
            if vehicles.battery[k] > self._charge_below or not free or not self._is_free(k):
                continue
            distance = [
                np.abs(self._network.at[self._network.chargers[name]] - vehicles.position[k]).sum()
                for name in free
            ]
            self._charger[k] = free[int(np.argmin(distance))]
            self.task[k] = "charge"

    def _picked(self, time: float, k: int) -> None:
        order = self.orders[self._order[k]]
        self._put(replace(order, state="picked", picked=time))
        self._journal.event(time, "order_picked", actor=name_of(k), order=order.id, place=order.source)
        self._vehicles.handle(k, "pick", order.id, self._ordered(order).loading)
        self.task[k] = "bring"

    def _delivered(self, time: float, k: int) -> None:
        order = self.orders[self._order[k]]
        self._put(replace(order, state="delivered", delivered=time))
        self._journal.event(
            time, "order_delivered", actor=name_of(k), order=order.id, place=order.target,
            value=time - order.created,
        )  # fmt: skip
        self._vehicles.handle(k, "drop", order.id, self._ordered(order).unloading)
        self.task[k] = self._order[k] = ""

    def _put(self, order: OrderRow) -> None:
        self.orders[order.id] = order
        self._journal.order(order)

    def describe(self, k: int) -> str:
        """What vehicle k does, in a word or two."""
        if self._vehicles.failed[k]:
            return "broken down"
        return f"{self.task[k]} {self._order[k]}".strip() or "free"


def name_of(k: int) -> str:
    """The name of vehicle k."""
    return f"amr_{k:02d}"


def _slots(aisles: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Places to load at in aisles, by names such as aisle_03A_07."""
    return {
        f"{aisle}_{n + 1:02d}": int(vertex)
        for aisle, vertices in aisles.items()
        for n, vertex in enumerate(vertices)
    }
