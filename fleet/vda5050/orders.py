"""Orders and actions as version 3's JSON objects, without header, and back."""

from __future__ import annotations

from typing import Any

from .messages import Action, Edge, InstantActions, Node, Order, Position

Document = dict[str, Any]

# Optional fields of an edge beyond a straight drive.
_SPECIAL = (
    "trajectory",
    "corridor",
    "orientation",
    "direction",
    "maximumMobileRobotHeight",
    "minimumLoadHandlingDeviceHeight",
)


def present(**fields: Any) -> Document:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _write_action(action: Action) -> Document:
    document: Document = {
        "actionType": action.type,
        "actionId": action.id,
        "blockingType": action.blocking,
    }
    if action.parameters:
        document["actionParameters"] = [{"key": k, "value": v} for k, v in action.parameters.items()]
    return document


def _read_action(document: Document) -> Action:
    parameters = {p["key"]: p["value"] for p in document.get("actionParameters", ())}
    return Action(document["actionType"], document["actionId"], parameters, document["blockingType"])


def write_position(position: Position | None, with_deviation: bool) -> Document | None:
    """`nodePosition`, or None; states leave the deviation out."""
    if position is None:
        return None
    ellipse = None
    if with_deviation and position.deviation is not None:
        ellipse = {"a": position.deviation, "b": position.deviation, "theta": 0.0}
    return present(
        x=position.x,
        y=position.y,
        theta=position.theta,
        mapId=position.map_id,
        allowedDeviationXY=ellipse,
    )


def _read_position(document: Document | None) -> Position | None:
    if document is None:
        return None
    ellipse = document.get("allowedDeviationXY")
    # The circle within the ellipse: what it allows, the ellipse allows.
    deviation = None if ellipse is None else float(min(ellipse["a"], ellipse["b"]))
    theta = document.get("theta")
    return Position(
        float(document["x"]),
        float(document["y"]),
        document["mapId"],
        None if theta is None else float(theta),
        deviation,
    )


def read_node(document: Document) -> Node:
    """A node of an order or of a state."""
    return Node(
        document["nodeId"],
        document["sequenceId"],
        document["released"],
        _read_position(document.get("nodePosition")),
        tuple(map(_read_action, document.get("actions", ()))),
    )


def read_edge(document: Document) -> Edge:
    """An edge of an order or of a state."""
    speed = document.get("maximumSpeed")
    return Edge(
        document["edgeId"],
        document["sequenceId"],
        document["released"],
        None if speed is None else float(speed),
        tuple(map(_read_action, document.get("actions", ()))),
        tuple(name for name in _SPECIAL if name in document),
    )


def write_order(order: Order) -> Document:
    """An order."""
    nodes = [
        present(
            nodeId=node.id,
            sequenceId=node.sequence,
            released=node.released,
            nodePosition=write_position(node.position, with_deviation=True),
            actions=list(map(_write_action, node.actions)),
        )
        for node in order.nodes
    ]
    edges = [
        present(
            edgeId=edge.id,
            sequenceId=edge.sequence,
            released=edge.released,
            maximumSpeed=edge.speed,
            actions=list(map(_write_action, edge.actions)),
        )
        for edge in order.edges
    ]
    return {"orderId": order.order_id, "orderUpdateId": order.update_id, "nodes": nodes, "edges": edges}


def read_order(document: Document) -> Order:
    """An order."""
    return Order(
        document["orderId"],
        document["orderUpdateId"],
        tuple(map(read_node, document["nodes"])),
        tuple(map(read_edge, document["edges"])),
    )


def write_instant_actions(message: InstantActions) -> Document:
    """Instant actions; they never block."""
    return {"actions": [_write_action(action) | {"blockingType": "NONE"} for action in message.actions]}


def read_instant_actions(document: Document) -> InstantActions:
    """Instant actions."""
    return InstantActions(tuple(map(_read_action, document["actions"])))
