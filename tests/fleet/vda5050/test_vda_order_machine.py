"""Any stream of orders, right, wrong and late, against what the standard says must always hold."""

from __future__ import annotations

from itertools import pairwise

from gaitway.fleet.vda5050.execution import OrderExecution
from gaitway.fleet.vda5050.messages import Action, Edge, Node, Order, Position
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

PLACE = Position(0.0, 0.0, "map")


def order(order_id: str, update: int, first: int, base: int, horizon: int, salt: int) -> Order:
    """`base` released nodes from number `first`, then `horizon` others; `salt` makes them differ."""
    count = base + horizon
    nodes = [
        Node(
            f"n{number}-{salt if i else 0}",
            2 * number,
            i < base,
            PLACE,
            (Action("pick", f"{order_id} {number} {salt}"),) if i and number % 2 else (),
        )
        for i, number in enumerate(range(first, first + count))
    ]
    edges = [Edge(f"e{n.sequence}", n.sequence + 1, m.released) for n, m in pairwise(nodes)]
    return Order(order_id, update, tuple(nodes), tuple(edges))


class OrderMachine(RuleBasedStateMachine):
    """Sends orders at random, and remembers what was accepted as base."""

    def __init__(self) -> None:
        super().__init__()
        self.execution = OrderExecution(frozenset({"pick"}), "map")
        self.base: list[tuple[str, int]] = []
        self.passed: list[tuple[str, int]] = []
        self.begun: list[str] = []
        self.orders: list[str] = []

    @rule(
        order_id=st.sampled_from(["A", "B", "C"]),
        update=st.integers(0, 4),
        first=st.integers(0, 4),
        base=st.integers(1, 3),
        horizon=st.integers(0, 2),
        salt=st.integers(0, 1),
    )
    def any_order(self, order_id, update, first, base, horizon, salt):
        self.give(order(order_id, update, first, base, horizon, salt))

    @rule(base=st.integers(1, 3), horizon=st.integers(0, 2), salt=st.integers(0, 1))
    @precondition(lambda self: self.base)
    def good_update(self, base, horizon, salt):
        execution = self.execution
        update = order(
            execution.order_id, execution.update_id + 1, self.base[-1][1] // 2, base, horizon, salt
        )
        start = Node(*self.base[-1], True, PLACE)
        self.give(Order(update.order_id, update.update_id, (start, *update.nodes[1:]), update.edges))

    def give(self, message: Order) -> None:
        execution = self.execution
        idle, before = execution.is_idle, execution.order_id
        last, cancelled = execution.update_id, execution.is_cancelled
        fault = execution.take(message, (0.0, 0.0))
        if not execution.is_fresh:
            return
        assert fault is None
        new = [(node.id, node.sequence) for node in message.nodes if node.released]
        if message.order_id != before:
            assert idle and message.order_id not in self.orders and message.update_id == 0
            self.orders.append(message.order_id)
            self.base, self.passed = new, []
            self.move()
        else:
            assert message.update_id > last and not cancelled
            assert new[0] == self.base[-1]
            self.base += new[1:]

    @rule()
    @precondition(lambda self: self.execution.base)
    def move(self):
        actions = self.execution.pass_node()
        self.passed.append((self.execution.last_node, self.execution.last_sequence))
        for action in actions:
            self.begun.append(action.id)
            self.execution.set_action(action.id, "FINISHED")

    @rule()
    @precondition(lambda self: not self.execution.is_idle)
    def cancel(self):
        self.execution.cancel()
        assert self.execution.is_idle
        self.base = []

    @invariant()
    def what_was_released_is_driven_in_its_order(self):
        left = [(node.id, node.sequence) for node in self.execution.base]
        if self.base:
            assert self.passed + left == self.base

    @invariant()
    def nodes_and_edges_alternate(self):
        nodes, edges = self.execution.nodes, self.execution.edges
        assert [node.sequence - 1 for node in nodes] == [edge.sequence for edge in edges]
        released = [node.released for node in nodes]
        assert released == sorted(released, reverse=True)

    @invariant()
    def actions_are_begun_once_and_belong_to_the_order(self):
        assert len(set(self.begun)) == len(self.begun)
        waiting = {s.id for s in self.execution.action_states.values() if s.status == "WAITING"}
        assert waiting == {action.id for node in self.execution.nodes for action in node.actions}


TestOrderMachine = OrderMachine.TestCase
TestOrderMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
