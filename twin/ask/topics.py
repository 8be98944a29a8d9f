"""What questions are about: rows of the journal, and their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Topic:
    """A kind of thing that can be counted; `words.toml` has the words for it.

    Attributes:
        one, many, chinese: its name in an answer.
        kinds: of events, if it is one.
        note: what the events' note must be.
        unit: of what ranks it: m, or s.
    """

    one: str
    many: str
    chinese: str
    kinds: tuple[str, ...] = ()
    note: str | None = None
    unit: str = ""


def _incident(one: str, many: str, chinese: str, note: str | None = None) -> Topic:
    return Topic(one, many, chinese, ("incident_detected",), note)


TOPICS: Final = {
    "near_miss": Topic("near miss", "near misses", "险情", ("near_miss",), unit="m"),
    "contact": Topic("contact", "contacts", "碰撞", ("contact",)),
    "person_down": _incident("person on the floor", "persons on the floor", "人员倒地", "person_down"),
    "person_in_lane": _incident("person in a lane", "persons in a lane", "人员进入车道", "person_in_lane"),
    "dropped_load": _incident("dropped load", "dropped loads", "货物掉落", "dropped_load"),
    "spill": _incident("spill", "spills", "泄漏", "spill"),
    "blocked_aisle": _incident("blocked aisle", "blocked aisles", "通道堵塞", "blocked_aisle"),
    "stopped_vehicle": _incident(
        "vehicle standing where it should not",
        "vehicles standing where they should not",
        "车辆违停",
        "stopped_vehicle",
    ),
    "incident": _incident("incident", "incidents", "事件"),
    "failure": Topic("failure", "failures", "故障", ("vehicle_failed",)),
    "repair": Topic("repair", "repairs", "修复", ("vehicle_repaired",)),
    "camera_silent": Topic("silent camera", "silent cameras", "摄像头失联", ("camera_silent",)),
    "dock_closed": Topic("closed dock", "closed docks", "码头关闭", ("dock_closed",)),
    "lane_closed": Topic("closed lane", "closed lanes", "车道封闭", ("lane_closed",)),
    "reroute": Topic("re-route", "re-routes", "改道", ("rerouted",)),
    "charging": Topic("charge", "charges", "充电", ("charging_started",)),
    "stop": Topic("stop", "stops", "停车", ("vehicle_stopped",)),
    "late": Topic("late order", "late orders", "迟到的订单", unit="s"),
    "delivered": Topic("delivered order", "delivered orders", "完成的订单"),
    "picked": Topic("load picked", "loads picked", "取货", ("order_picked",)),
    "returned": Topic("order given back", "orders given back", "退回的订单", ("order_returned",)),
    "open": Topic("open order", "open orders", "未完成的订单"),
    "order": Topic("order", "orders", "订单"),
    "idle": Topic("vehicle without a task", "vehicles without a task", "空闲的车辆"),
    "actor": Topic("of them", "of them", "个"),
}
ANYTHING: Final = Topic("event", "events", "事件")
ACTOR_NOUNS: Final = {
    "amr": ("AMR", "AMRs", "AMR"),
    "forklift": ("forklift", "forklifts", "叉车"),
    "worker": ("worker", "workers", "工人"),
    "camera": ("camera", "cameras", "摄像头"),
    "station": ("station", "stations", "工作站"),
    "dock": ("dock", "docks", "码头"),
    "charger": ("charger", "chargers", "充电桩"),
}
"""One, many, Chinese."""
