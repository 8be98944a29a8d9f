"""Messages against the official schemas by another validator, JSON written by hand, and hostile payloads."""

from __future__ import annotations

import json
from pathlib import Path

import gaitway.fleet.vda5050.codec as codec
import jsonschema
import pytest
from gaitway.fleet.vda5050.codec import decode, encode
from gaitway.fleet.vda5050.messages import (
    TOPICS,
    Action,
    ActionState,
    Connection,
    Edge,
    Factsheet,
    Fault,
    Header,
    InstantActions,
    MessageError,
    Node,
    Order,
    Pose,
    Position,
    State,
    Visualization,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

SCHEMAS = Path(codec.__file__).with_name("schemas")
HEAD = {
    "headerId": 7,
    "timestamp": "2026-11-28T20:15:30.25Z",
    "version": "2.1.0",
    "manufacturer": "acme",
    "serialNumber": "0017",
}
PICK = Action("pick", "p1", {"loadId": "L7", "height": 1.5}, "HARD")
ORDER = Order(
    "o1",
    2,
    (
        Node("a", 4, True, Position(1.0, 2.0, "hall", 0.5, 0.25), (PICK,)),
        Node("b", 6, False, Position(3.0, 2.0, "hall")),
    ),
    (Edge("ab", 5, False, 1.25),),
)
STATE = State(
    order_id="o1",
    update_id=2,
    last_node="a",
    last_sequence=4,
    nodes=(Node("b", 6, True, Position(3.0, 2.0, "hall")),),
    edges=(Edge("ab", 5, True),),
    actions=(ActionState("p1", "pick", "FINISHED", "lifted"),),
    instant_actions=(),
    errors=(Fault("OUTDATED_ORDER_UPDATE", "WARNING", "old", (("orderId", "o1"),)),),
    pose=Pose(1.5, 2.0, 0.0, "hall", 1.0),
    charge=81.5,
    is_charging=False,
    is_driving=True,
    is_paused=False,
    wants_base=False,
)
MESSAGES = [
    ORDER,
    InstantActions((Action("cancelOrder", "c1", {}, "NONE"), Action("initializePosition", "i1", {}, "NONE"))),
    STATE,
    Visualization(Pose(1.0, 2.0, 3.0, "hall", 0.5), 0),
    Connection("CONNECTION_BROKEN"),
    Connection("ONLINE"),
    Factsheet(actions={"pick": ("NODE",), "startPause": ("INSTANT",)}),
]


def header(version: str) -> Header:
    return Header(3, 1_796_000_000.125, version, "acme", "0017")


@pytest.mark.parametrize("version", ["2.1.0", "3.0.0"])
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_messages_fit_the_official_schemas_and_come_back(message, version):
    level, topic = f"v{version[0]}", TOPICS[type(message)]
    payload = encode(message, header(version))
    schema = json.loads((SCHEMAS / level / f"{topic}.schema").read_text())
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert not list(checker.iter_errors(json.loads(payload)))
    assert decode(topic, level, payload) == (header(version), message)


def test_an_order_of_version_2_written_by_hand():
    text = HEAD | {
        "orderId": "o9",
        "orderUpdateId": 0,
        "nodes": [
            {"nodeId": "a", "sequenceId": 0, "released": True, "actions": []},
            {
                "nodeId": "b",
                "sequenceId": 2,
                "released": True,
                "nodePosition": {"x": 1, "y": 2.5, "allowedDeviationXY": 0.2, "mapId": "m"},
                "actions": [
                    {
                        "actionType": "drop",
                        "actionId": "d",
                        "blockingType": "SOFT",
                        "actionParameters": [{"key": "maxSpeed", "value": {"agvPosition": 1}}],
                    }
                ],
            },
        ],
        "edges": [
            {
                "edgeId": "e",
                "sequenceId": 1,
                "released": True,
                "startNodeId": "a",
                "endNodeId": "b",
                "maxSpeed": 0.8,
                "maxHeight": 2.0,
                "actions": [],
            }
        ],
    }
    head, order = decode("order", "v2", json.dumps(text).encode())
    # 2026-11-28 20:15:30.25 UTC, counted by hand: 20785 days.
    assert head.timestamp == 20785 * 86400 + 20 * 3600 + 15 * 60 + 30.25
    drop = Action("drop", "d", {"maxSpeed": {"agvPosition": 1}}, "SOFT")
    assert order == Order(
        "o9",
        0,
        (Node("a", 0, True), Node("b", 2, True, Position(1.0, 2.5, "m", None, 0.2), (drop,))),
        (Edge("e", 1, True, 0.8, (), ("maximumMobileRobotHeight",)),),
    )


def test_a_state_of_version_2_written_by_hand():
    text = HEAD | {
        "orderId": "",
        "orderUpdateId": 0,
        "lastNodeId": "",
        "lastNodeSequenceId": 0,
        "driving": False,
        "operatingMode": "TEACHIN",
        "nodeStates": [],
        "edgeStates": [],
        "actionStates": [{"actionId": "c", "actionStatus": "FAILED"}],
        "batteryState": {"batteryCharge": 40, "charging": True},
        "errors": [{"errorType": "noOrderToCancel", "errorLevel": "WARNING"}],
        "safetyState": {"eStop": "AUTOACK", "fieldViolation": True},
    }
    state = decode("state", "v2", json.dumps(text).encode())[1]
    assert state == State(
        order_id="",
        update_id=0,
        last_node="",
        last_sequence=0,
        nodes=(),
        edges=(),
        actions=(ActionState("c", "", "FAILED"),),
        instant_actions=(),
        errors=(Fault("NO_ORDER_TO_CANCEL", "WARNING", ""),),
        pose=None,
        charge=40.0,
        is_charging=True,
        is_driving=False,
        is_paused=False,
        wants_base=False,
        mode="TEACH_IN",
        emergency_stop="MANUAL",
        field_violation=True,
    )


def test_what_version_2_has_no_word_for():
    order = Order("o", 0, (Node("a", 0, True, None, (Action("pick", "p", {}, "SINGLE"),)),), ())
    back = decode("order", "v2", encode(order, header("2.1.0")))[1]
    assert isinstance(back, Order)
    assert back.nodes[0].actions[0].blocking == "HARD"


numbers = st.floats(-1e4, 1e4)
names = st.text(min_size=1, max_size=8)
values = st.recursive(
    st.booleans() | numbers | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=3,
)


@st.composite
def orders(draw):
    count, base = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    action = st.builds(
        Action,
        names,
        names,
        st.dictionaries(names, values, max_size=3),
        st.sampled_from(["NONE", "SOFT", "HARD"]),
    )
    actions = st.lists(action, max_size=2).map(tuple)
    position = st.builds(
        Position, numbers, numbers, names, st.none() | st.floats(-3, 3), st.none() | st.floats(0, 9)
    )
    nodes = tuple(
        Node(draw(names), 2 * i, i < base, draw(st.none() | position), draw(actions)) for i in range(count)
    )
    edges = tuple(
        Edge(draw(names), 2 * i + 1, i + 1 < base, draw(st.none() | st.floats(0, 9)), draw(actions))
        for i in range(count - 1)
    )
    return Order(draw(names), draw(st.integers(0, 2**31)), nodes, edges)


@settings(max_examples=15, deadline=None)
@given(orders())
def test_any_order_means_the_same_in_both_versions(order):
    for version in ("2.1.0", "3.0.0"):
        assert decode("order", f"v{version[0]}", encode(order, header(version)))[1] == order


def broken(**changes) -> bytes:
    document = json.loads(encode(ORDER, header("2.1.0"))) | changes
    return json.dumps({key: value for key, value in document.items() if value != "leave out"}).encode()


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "no JSON at line 1, column 1"),
        (b'{"a": 1,\n}', "no JSON at line 2"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "must be object"),
        (b"[" * 100_000, "nested deeper than 32"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "nested deeper than 32"),
        (b" " * 1_000_001, "longer than 1000000 bytes"),
        (b'{"headerId": NaN}', "NaN is no number"),
        (b'{"headerId": -Infinity}', "-Infinity is no number"),
        (b'{"headerId": 1e999}', "too large"),
        (b'{"headerId": ' + b"9" * 5000 + b"}", "too large"),
        (broken(orderId="leave out"), "orderId"),
        (broken(orderId=5), "orderId must be string"),
        (broken(orderUpdateId=-1), "orderUpdateId must be bigger than or equal to 0"),
        (broken(orderUpdateId=True), "orderUpdateId must be integer"),
        (broken(nodes={}), "nodes must be array"),
        (broken(nodes=[3]), "nodes[0] must be object"),
        (broken(timestamp="yesterday"), "timestamp"),
        (broken(timestamp="2026-13-45T99:00:00Z"), "timestamp"),
    ],
    ids=range(19),
)
def test_hostile_payloads_end_in_one_sentence(payload, sentence):
    with pytest.raises(MessageError) as caught:
        decode("order", "v2", payload)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("order: ")
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_an_edge_that_lies_elsewhere_in_version_2():
    document = json.loads(encode(ORDER, header("2.1.0")))
    document["edges"][0]["endNodeId"] = "z"
    with pytest.raises(MessageError, match="edge 'ab' leads from 'a' to 'z'"):
        decode("order", "v2", json.dumps(document).encode())


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(TOPICS.values())), st.sampled_from(["v2", "v3"]), st.binary(max_size=40) | values
)
def test_nothing_else_than_a_sentence_comes_of_anything(topic, level, thing):
    # All fields of a visualization of version 2 may be left out.
    assume((topic, level) != ("visualization", "v2"))
    payload = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
    with pytest.raises(MessageError):
        decode(topic, level, payload)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MESSAGES), st.sampled_from(["2.1.0", "3.0.0"]), st.data())
def test_one_field_changed_is_read_or_refused(message, version, data):
    """Some field, however deep, is given some value: the message means something, or is refused."""
    document = json.loads(encode(message, header(version)))
    spot = document
    while True:
        keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(spot[key], dict | list) and spot[key] and data.draw(st.booleans()):
            spot = spot[key]
            continue
        spot[key] = data.draw(st.none() | values | st.integers())
        break
    try:
        decode(TOPICS[type(message)], f"v{version[0]}", json.dumps(document).encode())
    except MessageError as error:
        assert "\n" not in str(error)


def test_a_number_that_is_none_is_not_sent():
    with pytest.raises(MessageError, match="NaN"):
        encode(Visualization(Pose(float("nan"), 0.0, 0.0, "m")), header("3.0.0"))


def test_another_version_is_refused():
    with pytest.raises(MessageError, match=r"must be 2\.1\.0 or 3\.0\.0"):
        encode(Connection("ONLINE"), header("1.1.0"))
