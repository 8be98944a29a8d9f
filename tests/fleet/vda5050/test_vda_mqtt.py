"""Over MQTT: vehicles in other processes, brokers that stop, clients that break the rules."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from gaitway.fleet.vda5050.broker import Broker
from gaitway.fleet.vda5050.master import Master, Stop
from gaitway.fleet.vda5050.messages import MessageError, TransportError
from gaitway.fleet.vda5050.mqtt import MqttTransport
from gaitway.fleet.vda5050.packets import PUBLISH, SUBSCRIBE, write_packet
from gaitway.fleet.vda5050.transport import Publication, matches, read_address, refuse_name

GAITWAY = [sys.executable, "-c", "from gaitway.cli.main import main; main()", "fleet"]
HELLO = write_packet(1, b"\x00\x04MQTT\x04\x02\x00\x00\x00\x03raw")
needs_mosquitto = pytest.mark.skipif(shutil.which("mosquitto") is None, reason="mosquitto is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def ours() -> Iterator[int]:
    with Broker(0) as broker:
        yield broker.port


@contextlib.contextmanager
def mosquitto() -> Iterator[int]:
    port = free_port()
    with ended(subprocess.Popen(["mosquitto", "-p", str(port)], stderr=subprocess.DEVNULL)):
        assert soon(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        yield port


@contextlib.contextmanager
def ended(process: subprocess.Popen) -> Iterator[subprocess.Popen]:
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def soon(
    is_so: Callable[[], object], seconds: float = 30.0, step: Callable[[], object] = lambda: None
) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        step()
        if is_so():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("broker", [ours, pytest.param(mosquitto, marks=needs_mosquitto)])
def test_a_vehicle_in_another_process_joins_drives_and_dies(broker):
    with broker() as port:
        arguments = ["vehicle", "--serial", "real-1", "--broker", f"127.0.0.1:{port}", "--speed", "5"]
        process = subprocess.Popen([*GAITWAY, *arguments], stdout=subprocess.DEVNULL)
        with ended(process):
            master = Master(MqttTransport("127.0.0.1", port))

            def step() -> None:
                master.tick(time.time())

            name = "gaitway/real-1"
            assert soon(lambda: name in master.vehicles and master.vehicles[name].state, step=step)
            remote = master.vehicles[name]
            assert remote.connection == "ONLINE"
            stops = [Stop("a", 0.0, 0.0), Stop("b", 2.0, 0.0), Stop("c", 2.0, 1.0)]
            master.send(name, "o1", stops, 2)
            assert soon(lambda: remote.reached == 2, step=step)
            master.release(name, 3)
            assert soon(lambda: remote.is_idle and remote.reached == 3, step=step)
            pose = remote.state.pose
            assert (pose.x, pose.y) == pytest.approx((2.0, 1.0), abs=0.05)
            process.kill()
            assert soon(lambda: remote.connection == "CONNECTION_BROKEN", step=step)
            master.close()


def test_the_broker_is_killed_and_comes_again():
    port = free_port()
    arguments = ["vehicle", "--serial", "7", "--broker", f"127.0.0.1:{port}", "--vda", "3.0.0"]
    with Broker(port):
        process = subprocess.Popen([*GAITWAY, *arguments], stdout=subprocess.DEVNULL)
        master = Master(MqttTransport("127.0.0.1", port))

        def step() -> None:
            master.tick(time.time())

        assert soon(lambda: "gaitway/7" in master.vehicles and master.vehicles["gaitway/7"].state, step=step)
    with ended(process):
        remote = master.vehicles["gaitway/7"]
        # Given while there is no broker; it arrives when there is one.
        master.send("gaitway/7", "o1", [Stop("a", 0.0, 0.0), Stop("b", 1.0, 0.0)], 2)
        step()
        with Broker(port):
            assert soon(lambda: remote.is_idle and remote.reached == 2, step=step)
            process.send_signal(signal.SIGTERM)
            assert soon(lambda: remote.connection == "OFFLINE", step=step)
            assert process.wait(20) == 0
            master.close()


def test_no_broker_is_one_sentence():
    address = f"127.0.0.1:{free_port()}"
    result = subprocess.run(
        [*GAITWAY, "vehicle", "--serial", "1", "--broker", address], capture_output=True, text=True
    )
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.count("\n") == 1 and f"No MQTT broker at {address}" in result.stderr


@pytest.mark.parametrize("serial", ["", "a/b", "a+b", "#", "$SYS", "a b", "ä", "x" * 201])
def test_names_that_no_topic_has(serial):
    with pytest.raises(MessageError, match="must be letters"):
        refuse_name(serial)


def test_addresses():
    assert read_address("10.0.0.7:1884") == ("10.0.0.7", 1884) and read_address("hall") == ("hall", 1883)
    for address in ("", ":1883", "hall:", "hall:0", "hall:65536", "hall:x", "hall:99999999999"):
        with pytest.raises(MessageError, match="must be HOST:PORT"):
            read_address(address)


def test_a_port_that_is_taken():
    with Broker(0) as broker, pytest.raises(TransportError, match="already in use"), Broker(broker.port):
        pass


def test_who_listens_but_is_no_broker(monkeypatch):
    monkeypatch.setattr("gaitway.fleet.vda5050.mqtt._ANSWER", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = MqttTransport("127.0.0.1", server.getsockname()[1])
        with pytest.raises(TransportError, match="takes no MQTT client"):
            transport.open()


def test_retained_messages_wildcards_and_wills():
    with Broker(0) as broker:
        first, second = MqttTransport("127.0.0.1", broker.port), MqttTransport("127.0.0.1", broker.port)
        first.open(Publication("will/first", b"gone", 1, True))
        first.publish(Publication("a/1/x", b"kept", 1, True))
        first.publish(Publication("a/2/x", b"lost", 0, False))
        second.open()
        time.sleep(0.2)
        second.subscribe("a/+/x")
        second.subscribe("will/#")
        heard = []

        def step() -> None:
            heard.extend(second.receive())

        assert soon(lambda: heard, step=step) and heard == [("a/1/x", b"kept")]
        first.publish(Publication("a/2/x", b"now"))
        first.publish(Publication("a/2/y", b"other"))
        assert soon(lambda: len(heard) == 2, step=step) and heard[1] == ("a/2/x", b"now")
        first._client.socket().shutdown(socket.SHUT_RDWR)
        assert soon(lambda: ("will/first", b"gone") in heard, step=step)
        first.close()
        second.close()


@pytest.mark.parametrize(
    ("pattern", "topic", "fits"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/+/c", "a/b", False),
        ("a/#", "a/b/c", True),
        ("#", "a", True),
        ("a", "a/b", False),
        ("a/b", "a", False),
    ],
)
def test_wildcards_as_in_the_standard(pattern, topic, fits):
    assert matches(pattern, topic) == fits


@pytest.mark.parametrize(
    "rude",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff\xff\xff\xff\xff\xff",
        write_packet(1, b"\x00\x04MQTT\x05\x02\x00\x00\x00\x01x"),
        write_packet(1, b"\x00\xffMQ"),
        HELLO + HELLO,
        HELLO + write_packet(SUBSCRIBE, b"\x00", 2),
        HELLO + write_packet(SUBSCRIBE, b"\x00\x01\x00\x02\xff\xff\x00", 2),
        HELLO + write_packet(PUBLISH, b"\x00\x01t\x00\x01", 4),
        HELLO + write_packet(PUBLISH, b"\x00\x03a/#"),
        HELLO + b"\x30\xff\xff\xff\x7f",
    ],
    ids=range(10),
)
def test_who_breaks_the_rules_is_put_out_and_the_others_go_on(rude):
    with Broker(0) as broker:
        good = MqttTransport("127.0.0.1", broker.port)
        good.open()
        good.subscribe("t")
        with socket.create_connection(("127.0.0.1", broker.port), timeout=10.0) as bad:
            bad.sendall(rude)
            while bad.recv(100):
                pass
        good.publish(Publication("t", b"still here"))
        heard = []
        assert soon(lambda: heard, step=lambda: heard.extend(good.receive()))
        good.close()


@needs_mosquitto
@pytest.mark.skipif(shutil.which("mosquitto_pub") is None, reason="mosquitto-clients is not installed")
def test_mosquittos_clients_speak_to_our_broker():
    with Broker(0) as broker:
        place = ["-h", "127.0.0.1", "-p", str(broker.port)]
        subprocess.run(["mosquitto_pub", *place, "-t", "a/b", "-m", "hello", "-r", "-q", "1"], check=True)
        result = subprocess.run(
            ["mosquitto_sub", *place, "-t", "a/#", "-C", "1", "-W", "10"], capture_output=True, check=True
        )
        assert result.stdout == b"hello\n"


def test_the_container_is_reached_from_its_own_machine_alone():
    file = Path(__file__).parents[3] / "docs" / "fleet" / "mosquitto.compose.yaml"
    for service in yaml.safe_load(file.read_text())["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
