"""Messages as version 3's JSON objects, without header, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .messages import (
    Action,
    ActionState,
    Connection,
    Edge,
    Factsheet,
    Fault,
    InstantActions,
    Message,
    Node,
    Order,
    Pose,
    Position,
    State,
    Visualization,
)

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


def _present(**fields: Any) -> Document:
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


def _write_position(position: Position | None, with_deviation: bool) -> Document | None:
    if position is None:
        return None
    ellipse = None
    if with_deviation and position.deviation is not None:
        ellipse = {"a": position.deviation, "b": position.deviation, "theta": 0.0}
    return _present(
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


def _read_node(document: Document) -> Node:
    return Node(
        document["nodeId"],
        document["sequenceId"],
        document["released"],
        _read_position(document.get("nodePosition")),
        tuple(map(_read_action, document.get("actions", ()))),
    )


def _read_edge(document: Document) -> Edge:
    speed = document.get("maximumSpeed")
    return Edge(
        document["edgeId"],
        document["sequenceId"],
        document["released"],
        None if speed is None else float(speed),
        tuple(map(_read_action, document.get("actions", ()))),
        tuple(name for name in _SPECIAL if name in document),
    )


def _write_order(order: Order) -> Document:
    nodes = [
        _present(
            nodeId=node.id,
            sequenceId=node.sequence,
            released=node.released,
            nodePosition=_write_position(node.position, with_deviation=True),
            actions=list(map(_write_action, node.actions)),
        )
        for node in order.nodes
    ]
    edges = [
        _present(
            edgeId=edge.id,
            sequenceId=edge.sequence,
            released=edge.released,
            maximumSpeed=edge.speed,
            actions=list(map(_write_action, edge.actions)),
        )
        for edge in order.edges
    ]
    return {"orderId": order.order_id, "orderUpdateId": order.update_id, "nodes": nodes, "edges": edges}


def _read_order(document: Document) -> Order:
    return Order(
        document["orderId"],
        document["orderUpdateId"],
        tuple(map(_read_node, document["nodes"])),
        tuple(map(_read_edge, document["edges"])),
    )


def _write_action_state(state: ActionState) -> Document:
    result = state.result or None
    return _present(actionId=state.id, actionType=state.type, actionStatus=state.status, actionResult=result)


def _read_action_state(document: Document) -> ActionState:
    return ActionState(
        document["actionId"],
        document.get("actionType", ""),
        document["actionStatus"],
        document.get("actionResult", ""),
    )


def _write_fault(fault: Fault) -> Document:
    return {
        "errorType": fault.type,
        "errorLevel": fault.level,
        "errorDescription": fault.description,
        "errorReferences": [{"referenceKey": k, "referenceValue": v} for k, v in fault.references],
    }


def _read_fault(document: Document) -> Fault:
    references = tuple((r["referenceKey"], r["referenceValue"]) for r in document.get("errorReferences", ()))
    return Fault(
        document["errorType"], document["errorLevel"], document.get("errorDescription", ""), references
    )


def _write_pose(pose: Pose | None) -> Document:
    if pose is None:
        return {}
    return {
        "mobileRobotPosition": {
            "x": pose.x,
            "y": pose.y,
            "theta": pose.theta,
            "mapId": pose.map_id,
            "localized": pose.is_localized,
        },
        "velocity": {"vx": pose.speed, "vy": 0.0, "omega": 0.0},
    }


def _read_pose(document: Document) -> Pose | None:
    place = document.get("mobileRobotPosition")
    if place is None:
        return None
    speed = document.get("velocity", {}).get("vx", 0.0)
    x, y, theta = float(place["x"]), float(place["y"]), float(place["theta"])
    return Pose(x, y, theta, place["mapId"], float(speed), place["localized"])


def _write_state(state: State) -> Document:
    nodes = [
        _present(
            nodeId=node.id,
            sequenceId=node.sequence,
            released=node.released,
            nodePosition=_write_position(node.position, with_deviation=False),
        )
        for node in state.nodes
    ]
    edges = [{"edgeId": e.id, "sequenceId": e.sequence, "released": e.released} for e in state.edges]
    return {
        "orderId": state.order_id,
        "orderUpdateId": state.update_id,
        "lastNodeId": state.last_node,
        "lastNodeSequenceId": state.last_sequence,
        "nodeStates": nodes,
        "edgeStates": edges,
        **_write_pose(state.pose),
        "driving": state.is_driving,
        "paused": state.is_paused,
        "newBaseRequest": state.wants_base,
        "actionStates": list(map(_write_action_state, state.actions)),
        "instantActionStates": list(map(_write_action_state, state.instant_actions)),
        "powerSupply": {"stateOfCharge": state.charge, "charging": state.is_charging},
        "operatingMode": state.mode,
        "errors": list(map(_write_fault, state.errors)),
        "safetyState": {
            "activeEmergencyStop": state.emergency_stop,
            "fieldViolation": state.field_violation,
        },
    }


def _read_state(document: Document) -> State:
    return State(
        order_id=document["orderId"],
        update_id=document["orderUpdateId"],
        last_node=document["lastNodeId"],
        last_sequence=document["lastNodeSequenceId"],
        nodes=tuple(map(_read_node, document["nodeStates"])),
        edges=tuple(map(_read_edge, document["edgeStates"])),
        actions=tuple(map(_read_action_state, document["actionStates"])),
        instant_actions=tuple(map(_read_action_state, document["instantActionStates"])),
        errors=tuple(map(_read_fault, document["errors"])),
        pose=_read_pose(document),
        charge=float(document["powerSupply"]["stateOfCharge"]),
        is_charging=document["powerSupply"]["charging"],
        is_driving=document["driving"],
        is_paused=document.get("paused", False),
        wants_base=document.get("newBaseRequest", False),
        mode=document["operatingMode"],
        emergency_stop=document["safetyState"]["activeEmergencyStop"],
        field_violation=document["safetyState"]["fieldViolation"],
    )


def _write_factsheet(sheet: Factsheet) -> Document:
    actions = [
        {"actionType": name, "actionScopes": list(scopes), "pauseAllowed": False, "cancelAllowed": False}
        for name, scopes in sheet.actions.items()
    ]
    return {
        "typeSpecification": {
            "seriesName": sheet.series,
            "mobileRobotKinematics": sheet.kinematics,
            "mobileRobotClass": sheet.vehicle_class,
            "maximumLoadMass": sheet.load_mass,
            "localizationTypes": ["NATURAL"],
            "navigationTypes": ["VIRTUAL_LINE_GUIDED"],
        },
        "physicalParameters": {
            "minimumSpeed": 0.0,
            "maximumSpeed": sheet.speed,
            "maximumAcceleration": sheet.acceleration,
            "maximumDeceleration": sheet.deceleration,
            "minimumHeight": sheet.height,
            "maximumHeight": sheet.height,
            "width": sheet.width,
            "length": sheet.length,
        },
        "protocolLimits": {
            "maximumStringLengths": {},
            "maximumArrayLengths": {},
            "timing": {"minimumOrderInterval": 0.0, "minimumStateInterval": 0.0},
        },
        "protocolFeatures": {"optionalParameters": [], "mobileRobotActions": actions},
        "mobileRobotGeometry": {},
        "loadSpecification": {},
    }


def _read_factsheet(document: Document) -> Factsheet:
    kind, body = document["typeSpecification"], document["physicalParameters"]
    actions = document["protocolFeatures"]["mobileRobotActions"]
    return Factsheet(
        series=kind["seriesName"],
        kinematics=kind["mobileRobotKinematics"],
        vehicle_class=kind["mobileRobotClass"],
        load_mass=float(kind["maximumLoadMass"]),
        speed=float(body["maximumSpeed"]),
        acceleration=float(body["maximumAcceleration"]),
        deceleration=float(body["maximumDeceleration"]),
        height=float(body["maximumHeight"]),
        width=float(body["width"]),
        length=float(body["length"]),
        actions={action["actionType"]: tuple(action["actionScopes"]) for action in actions},
    )


_WRITERS: dict[type, Callable[[Any], Document]] = {
    Order: _write_order,
    InstantActions: lambda message: {
        "actions": [_write_action(action) | {"blockingType": "NONE"} for action in message.actions]
    },
    State: _write_state,
    Visualization: lambda message: _write_pose(message.pose) | {"referenceStateHeaderId": message.state},
    Connection: lambda message: {"connectionState": message.state},
    Factsheet: _write_factsheet,
}

_READERS: dict[str, Callable[[Document], Message]] = {
    "order": _read_order,
    "instantActions": lambda document: InstantActions(tuple(map(_read_action, document["actions"]))),
    "state": _read_state,
    "visualization": lambda document: Visualization(_read_pose(document), document["referenceStateHeaderId"]),
    "connection": lambda document: Connection(document["connectionState"]),
    "factsheet": _read_factsheet,
}


def write(message: Message) -> Document:
    """The message's JSON object in version 3's words."""
    return _WRITERS[type(message)](message)


def read(topic: str, document: Document) -> Message:
    """The meaning of a JSON object in version 3's words, valid by its schema."""
    return _READERS[topic](document)
