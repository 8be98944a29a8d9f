"""What a vehicle says of itself as version 3's JSON objects: states, faults, poses, factsheets."""

from __future__ import annotations

from .messages import ActionState, Factsheet, Fault, Pose, State
from .orders import Document, present, read_edge, read_node, write_position


def _write_action_state(state: ActionState) -> Document:
    result = state.result or None
    return present(actionId=state.id, actionType=state.type, actionStatus=state.status, actionResult=result)


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


def write_pose(pose: Pose | None) -> Document:
    """`mobileRobotPosition` and `velocity`, if there is a pose."""
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


def read_pose(document: Document) -> Pose | None:
    """Pose and speed, or None."""
    place = document.get("mobileRobotPosition")
    if place is None:
        return None
    speed = document.get("velocity", {}).get("vx", 0.0)
    x, y, theta = float(place["x"]), float(place["y"]), float(place["theta"])
    return Pose(x, y, theta, place["mapId"], float(speed), place["localized"])


def write_state(state: State) -> Document:
    """A state."""
    nodes = [
        present(
            nodeId=node.id,
            sequenceId=node.sequence,
            released=node.released,
            nodePosition=write_position(node.position, with_deviation=False),
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
        **write_pose(state.pose),
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


def read_state(document: Document) -> State:
    """A state."""
    return State(
        order_id=document["orderId"],
        update_id=document["orderUpdateId"],
        last_node=document["lastNodeId"],
        last_sequence=document["lastNodeSequenceId"],
        nodes=tuple(map(read_node, document["nodeStates"])),
        edges=tuple(map(read_edge, document["edgeStates"])),
        actions=tuple(map(_read_action_state, document["actionStates"])),
        instant_actions=tuple(map(_read_action_state, document["instantActionStates"])),
        errors=tuple(map(_read_fault, document["errors"])),
        pose=read_pose(document),
        charge=float(document["powerSupply"]["stateOfCharge"]),
        is_charging=document["powerSupply"]["charging"],
        is_driving=document["driving"],
        is_paused=document.get("paused", False),
        wants_base=document.get("newBaseRequest", False),
        mode=document["operatingMode"],
        emergency_stop=document["safetyState"]["activeEmergencyStop"],
        field_violation=document["safetyState"]["fieldViolation"],
    )


def write_factsheet(sheet: Factsheet) -> Document:
    """A factsheet."""
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


def read_factsheet(document: Document) -> Factsheet:
    """A factsheet."""
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
