"""cuOpt behind the same call, on a stand-in that takes what its documentation asks for, and plans in turn."""

from __future__ import annotations

import sys
import types

import numpy as np
import pandas
import pytest
from gaitway.fleet.dispatch.plan import plan_tours
from gaitway.fleet.dispatch.problem import Job, Stop, TourProblem, Vehicle
from gaitway.fleet.errors import DispatchError, UnsolvableError

from .exhaustive import cost_of_plan

AT = np.arange(12, dtype=float)
DISTANCE = np.abs(AT[:, None] - AT[None])


class DataModel:
    """Sizes and types of https://docs.nvidia.com/cuopt/user-guide/latest/cuopt-python/routing/routing-api.html."""

    def __init__(self, n_locations, n_fleet, n_orders):
        self.places, self.fleet, self.orders = n_locations, n_fleet, n_orders
        self.match, self.pairs, self.prizes, self.most = {}, None, None, None

    def add_cost_matrix(self, table):
        assert table.shape == (self.places, self.places) and (table.dtypes == np.float32).all()
        self.cost = table.to_numpy()

    def add_transit_time_matrix(self, table):
        assert table.shape == (self.places, self.places) and (table.dtypes == np.float32).all()

    def _orders(self, series, kind: type = np.int32):
        assert len(series) == self.orders and series.dtype == kind
        return series.to_numpy()

    def _fleet(self, series, kind: type = np.int32):
        assert len(series) == self.fleet and series.dtype == kind
        return series.to_numpy()

    def set_order_locations(self, series):
        assert ((self._orders(series) >= 0) & (series < self.places)).all()

    def set_order_time_windows(self, earliest, latest):
        assert (self._orders(earliest) <= self._orders(latest)).all()

    def set_order_service_times(self, series):
        self._orders(series)

    def set_order_prizes(self, series):
        self.prizes = self._orders(series, np.float32)

    def add_capacity_dimension(self, name, demand, capacity):
        self.demand = self._orders(demand)
        assert (self._fleet(capacity) >= 0).all() and name

    def set_pickup_delivery_pairs(self, pickup, delivery):
        self.pairs = list(zip(pickup, delivery, strict=True))
        assert sorted(sum(self.pairs, ())) == list(range(self.orders)), "mixed orders are not supported"
        assert all(self.demand[a] == -self.demand[b] for a, b in self.pairs)

    def set_vehicle_locations(self, start, end):
        self._fleet(start), self._fleet(end)

    def set_drop_return_trips(self, series):
        self.open = self._fleet(series, np.bool_)

    def set_vehicle_time_windows(self, earliest, latest):
        assert (self._fleet(earliest) <= self._fleet(latest)).all()

    def set_vehicle_fixed_costs(self, series):
        self._fleet(series, np.float32)

    def set_vehicle_max_costs(self, series):
        assert (self._fleet(series, np.float32) > 0).all()
        self.most = series

    def add_order_vehicle_match(self, order, vehicles):
        self.match[order] = int(vehicles.iloc[0])


class SolverSettings:
    seconds = 0.0

    def set_time_limit(self, seconds):
        assert seconds > 0
        self.seconds = seconds


class Answer:
    status = 0

    def __init__(self, rows):
        self.rows = rows

    def get_status(self):
        return self.status

    def get_route(self):
        table = pandas.DataFrame(
            self.rows, columns=["route", "arrival_stamp", "truck_id", "location", "type"]
        )
        return types.SimpleNamespace(to_pandas=lambda: table)


@pytest.fixture
def solved(monkeypatch):
    """A cuOpt that gives each pair to its vehicle, or all to vehicle 0, one after another."""
    seen = types.SimpleNamespace(model=None, status=0, backwards=False)

    def solve(model, settings):
        seen.model = model
        assert 0 < settings.seconds <= 1.0
        groups = model.pairs or [(order,) for order in range(model.orders)]
        groups = sorted(groups, key=lambda group: group[0] not in model.match)
        rows = [(0, 0.0, vehicle, 0, "Depot") for vehicle in range(model.fleet)]
        for group in groups:
            kinds = ("Pickup", "Delivery") if len(group) == 2 else ("Delivery",)
            pairs = [*zip(group, kinds, strict=True)]
            for order, kind in reversed(pairs) if seen.backwards else pairs:
                rows.append((order, 0.0, model.match.get(order, 0), 0, kind))
        answer = Answer(rows)
        answer.status = seen.status
        return answer

    routing = types.ModuleType("cuopt.routing")
    vars(routing).update(DataModel=DataModel, SolverSettings=SolverSettings, Solve=solve)
    cudf = types.ModuleType("cudf")
    vars(cudf).update(DataFrame=pandas.DataFrame, Series=pandas.Series)
    monkeypatch.setitem(sys.modules, "cuopt", types.ModuleType("cuopt"))
    monkeypatch.setitem(sys.modules, "cuopt.routing", routing)
    monkeypatch.setitem(sys.modules, "cudf", cudf)
    return seen


TWO = (Vehicle(0, 0, 4.0), Vehicle(11, None, 4.0, range=90.0))


def problem(jobs, vehicles=TWO):
    return TourProblem(DISTANCE, DISTANCE, jobs, vehicles)


def test_pairs_what_is_on_board_and_prizes(solved):
    wanted = problem(
        [
            Job(Stop(5), Stop(2, 0.0, 50.0, 1.5), 2.0, prize=40.0),
            Job(Stop(6), load=1.0, vehicle=1),
            Job(Stop(3), Stop(4)),
        ]
    )
    tours = plan_tours(wanted, 1.0, backend="cuopt")
    assert cost_of_plan(wanted, tours.tours) == pytest.approx(tours.cost)
    assert [(v.job, v.is_pickup) for v in tours.tours[1]] == [(1, False)] and tours.backend == "cuopt"
    model = solved.model
    assert model.match == {2: 1, 3: 1} and model.demand.tolist() == [2, -2, 1, -1, 1, -1]
    assert model.open.tolist() == [False, True] and model.prizes[0] == 20.0 and model.prizes[2] > 20.0


def test_goods_from_a_depot(solved):
    wanted = problem([Job(Stop(5), load=1.5), Job(Stop(7))], [Vehicle(0, 0, 4.0)])
    tours = plan_tours(wanted, 1.0, backend="cuopt")
    assert tours.cost == 14.0 and solved.model.pairs is None and solved.model.prizes is None
    assert solved.model.demand.tolist() == [1500, 1000]


def test_what_cuopt_cannot_or_does_not(solved):
    mixed = problem([Job(Stop(5), Stop(2)), Job(Stop(3))])
    with pytest.raises(DispatchError, match="pickups for all jobs or for none"):
        plan_tours(mixed, 1.0, backend="cuopt")
    solved.status = 1
    with pytest.raises(UnsolvableError, match="No tours that do every required job were found in 1 s"):
        plan_tours(problem([Job(Stop(5), Stop(2))]), 1.0, backend="cuopt")
    solved.status, solved.backwards = 0, True
    with pytest.raises(DispatchError, match="cuopt planned a tour of vehicle 0 that does not hold"):
        plan_tours(problem([Job(Stop(5), Stop(2))]), 1.0, backend="cuopt")


def test_without_cuopt():
    if "cuopt" not in sys.modules:
        with pytest.raises(DispatchError, match="cuOpt is not installed"):
            plan_tours(problem([Job(Stop(5), Stop(2))]), 1.0, backend="cuopt")
