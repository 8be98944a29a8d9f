"""Version 2.1's words for what version 3 says, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .messages import MessageError

Document = dict[str, Any]

# Topic -> name in version 3 -> name in version 2. A topic's names are unique in both.
_NAMES: dict[str, dict[str, str]] = {
    "order": {
        "maximumSpeed": "maxSpeed",
        "maximumMobileRobotHeight": "maxHeight",
        "minimumLoadHandlingDeviceHeight": "minHeight",
        "nodeDescriptor": "nodeDescription",
        "edgeDescriptor": "edgeDescription",
        "actionDescriptor": "actionDescription",
    },
    "instantActions": {"actionDescriptor": "actionDescription"},
    "state": {
        "mobileRobotPosition": "agvPosition",
        "localized": "positionInitialized",
        "powerSupply": "batteryState",
        "stateOfCharge": "batteryCharge",
        "range": "reach",
        "actionResult": "resultDescription",
        "activeEmergencyStop": "eStop",
    },
    "visualization": {"mobileRobotPosition": "agvPosition", "localized": "positionInitialized"},
    "connection": {},
    "factsheet": {
        "mobileRobotKinematics": "agvKinematic",
        "mobileRobotClass": "agvClass",
        "maximumLoadMass": "maxLoadMass",
        "minimumSpeed": "speedMin",
        "maximumSpeed": "speedMax",
        "maximumAcceleration": "accelerationMax",
        "maximumDeceleration": "decelerationMax",
        "minimumHeight": "heightMin",
        "maximumHeight": "heightMax",
        "maximumStringLengths": "maxStringLens",
        "maximumArrayLengths": "maxArrayLens",
        "minimumOrderInterval": "minOrderInterval",
        "minimumStateInterval": "minStateInterval",
        "mobileRobotActions": "agvActions",
        "mobileRobotGeometry": "agvGeometry",
    },
}

# Parts without any of these names: what an action carries is its own, and the others are long.
_SAME = frozenset({"actionParameters", "nodeStates", "edgeStates"})

# Words that stand as values.
_MODES = {"TEACH_IN": "TEACHIN", "INTERVENED": "MANUAL", "STARTUP": "SERVICE"}
_LEVELS = {"URGENT": "WARNING", "CRITICAL": "WARNING"}
_CONNECTIONS = {"CONNECTION_BROKEN": "CONNECTIONBROKEN", "HIBERNATING": "OFFLINE"}
_KINEMATICS = {"DIFFERENTIAL": "DIFF", "OMNIDIRECTIONAL": "OMNI", "THREE_WHEEL": "THREEWHEEL"}
_NAVIGATION = {"FREELY_NAVIGATING": "AUTONOMOUS"}
_INSTANT = {"initializePosition": "initPosition"}
_ERRORS = {
    "VALIDATION_FAILURE": "validationError",
    "UNSUPPORTED_PARAMETER": "orderError",
    "INVALID_ORDER_ACTION": "orderError",
    "OTHER_ORDER_ACTIVE": "orderError",
    "UNKNOWN_MAP_ID": "orderError",
    "START_NODE_OUT_OF_RANGE": "noRouteError",
    "NO_ROUTE_TO_TARGET": "noRouteError",
    "OUTDATED_ORDER_UPDATE": "orderUpdateError",
    "SAME_ORDER_UPDATE_ID": "orderUpdateError",
    "ORDER_UPDATE_FOLLOWING_CANCEL": "orderUpdateError",
    "INVALID_ORDER_UPDATE": "orderUpdateError",
    "INVALID_INSTANT_ACTION": "instantActionError",
    "NO_ORDER_TO_CANCEL": "noOrderToCancel",
}


def _back(table: dict[str, str]) -> dict[str, str]:
    """The table read from the right; of several words of version 3 for one of version 2, the first."""
    return {old: new for new, old in reversed(table.items())}


def error_in_version_2(error_type: str) -> str:
    """Version 2.1 has one word where version 3 has several."""
    return _ERRORS.get(error_type, error_type)


_NAMES_BACK = {topic: _back(names) for topic, names in _NAMES.items()}
_MODES_BACK = {"TEACHIN": "TEACH_IN"}
_CONNECTIONS_BACK = {"CONNECTIONBROKEN": "CONNECTION_BROKEN"}
_ERRORS_BACK = _back(_ERRORS)


def _rename(value: Any, names: dict[str, str]) -> Any:
    """All fields under their names of the other version."""
    if isinstance(value, dict):
        return {
            names.get(key, key): part if key in _SAME else _rename(part, names) for key, part in value.items()
        }
    if isinstance(value, list):
        return [_rename(part, names) for part in value]
    return value


def to_version_2(topic: str, document: Document) -> Document:
    """A document of version 3 in version 2.1's words."""
    document = _rename(document, _NAMES[topic])
    return _TO_2.get(topic, lambda same: same)(document)


def from_version_2(topic: str, document: Document) -> Document:
    """A document that is valid in version 2.1, in version 3's words.

    Raises:
        MessageError: an order whose edges do not lie between their nodes.
    """
    return _FROM_2.get(topic, lambda same: same)(_rename(document, _NAMES_BACK[topic]))


def _order_to_2(order: Document) -> Document:
    for node in order["nodes"]:
        ellipse = node.get("nodePosition", {}).get("allowedDeviationXY")
        if ellipse is not None:
            node["nodePosition"]["allowedDeviationXY"] = min(ellipse["a"], ellipse["b"])
    for edge, start, end in zip(order["edges"], order["nodes"], order["nodes"][1:], strict=False):
        edge["startNodeId"], edge["endNodeId"] = start["nodeId"], end["nodeId"]
    for part in (*order["nodes"], *order["edges"]):
        for action in part["actions"]:
            # Version 2 has no word for "alone, but drive on".
            action["blockingType"] = "HARD" if action["blockingType"] == "SINGLE" else action["blockingType"]
    return order


def _order_from_2(order: Document) -> Document:
    for node in order["nodes"]:
        radius = node.get("nodePosition", {}).get("allowedDeviationXY")
        if radius is not None:
            node["nodePosition"]["allowedDeviationXY"] = {"a": radius, "b": radius, "theta": 0.0}
    for edge, start, end in zip(order["edges"], order["nodes"], order["nodes"][1:], strict=False):
        ends = edge.pop("startNodeId"), edge.pop("endNodeId")
        if ends != (start["nodeId"], end["nodeId"]):
            raise MessageError(
                f"order: edge {edge['edgeId']!r:.60} leads from {ends[0]!r:.60} to {ends[1]!r:.60}, "
                f"but lies between {start['nodeId']!r:.60} and {end['nodeId']!r:.60}."
            )
    return order


def _instant_to_2(message: Document) -> Document:
    for action in message["actions"]:
        action["actionType"] = _INSTANT.get(action["actionType"], action["actionType"])
    return message


def _instant_from_2(message: Document) -> Document:
    back = _back(_INSTANT)
    for action in message["actions"]:
        action["actionType"] = back.get(action["actionType"], action["actionType"])
    return message


def _state_to_2(state: Document) -> Document:
    state["operatingMode"] = _MODES.get(state["operatingMode"], state["operatingMode"])
    state["actionStates"] = state["actionStates"] + state.pop("instantActionStates")
    for error in state["errors"]:
        error["errorType"] = _ERRORS.get(error["errorType"], error["errorType"])
        error["errorLevel"] = _LEVELS.get(error["errorLevel"], error["errorLevel"])
    return state


def _state_from_2(state: Document) -> Document:
    state["operatingMode"] = _MODES_BACK.get(state["operatingMode"], state["operatingMode"])
    state["instantActionStates"] = []
    for error in state["errors"]:
        error["errorType"] = _ERRORS_BACK.get(error["errorType"], error["errorType"])
    stop = state["safetyState"]
    if stop["activeEmergencyStop"] == "AUTOACK":
        stop["activeEmergencyStop"] = "MANUAL"
    return state


def _visualization_to_2(message: Document) -> Document:
    del message["referenceStateHeaderId"]
    return message


def _connection_to_2(message: Document) -> Document:
    word = message["connectionState"]
    return message | {"connectionState": _CONNECTIONS.get(word, word)}


def _connection_from_2(message: Document) -> Document:
    word = message["connectionState"]
    return message | {"connectionState": _CONNECTIONS_BACK.get(word, word)}


def _factsheet_to_2(sheet: Document) -> Document:
    kind = sheet["typeSpecification"]
    kind["agvKinematic"] = _KINEMATICS.get(kind["agvKinematic"], "DIFF")
    kind["navigationTypes"] = [_NAVIGATION.get(word, word) for word in kind["navigationTypes"]]
    for action in sheet["protocolFeatures"]["agvActions"]:
        del action["pauseAllowed"], action["cancelAllowed"]
    return sheet


def _factsheet_from_2(sheet: Document) -> Document:
    kind = sheet["typeSpecification"]
    kind["mobileRobotKinematics"] = _back(_KINEMATICS)[kind["mobileRobotKinematics"]]
    return sheet


_TO_2: dict[str, Callable[[Document], Document]] = {
    "order": _order_to_2,
    "instantActions": _instant_to_2,
    "state": _state_to_2,
    "visualization": _visualization_to_2,
    "connection": _connection_to_2,
    "factsheet": _factsheet_to_2,
}
_FROM_2: dict[str, Callable[[Document], Document]] = {
    "order": _order_from_2,
    "instantActions": _instant_from_2,
    "state": _state_from_2,
    "visualization": lambda message: message | {"referenceStateHeaderId": 0},
    "connection": _connection_from_2,
    "factsheet": _factsheet_from_2,
}
