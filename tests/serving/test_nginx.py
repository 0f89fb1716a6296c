"""The files of deploy/nginx with Debian's nginx, before two servers."""

import http.client
import json
import os
import re
import signal

import pytest

from serving_faults.balancer import NGINX, balanced
from serving_faults.clients import Clients

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx: `apt-get install nginx-light`")


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        said = connection.getresponse()
        return said.status, json.loads(said.read())
    finally:
        connection.close()


@pytest.fixture
def pair(office, serve, tmp_path):
    """Two servers with an office each, who answer alike."""
    office.appoint("production", 1)
    first = serve()
    other = type(office)(tmp_path / "other")
    other.appoint("production", 1)
    second = type(first)(other, {})
    yield first, second
    second.stop()


def kill(server):
    for process in (server.process.pid, *server.workers()):
        os.kill(process, signal.SIGKILL)
    server.process.wait(10)


@pytest.fixture
def port(pair, tmp_path):
    """Of an nginx before the two."""
    with balanced(tmp_path / "nginx", *(server.port for server in pair)) as own:
        yield own


def test_no_client_sees_that_one_of_two_instances_was_killed(pair, port):
    with Clients(port, b'{"x0": 1.0}') as clients:
        clients.wait_for(200)
        kill(pair[0])
        clients.wait_for(400)
    assert set(clients.statuses()) == {200}


def test_a_request_gets_a_name_and_a_refusal_of_the_clients_own_is_told(port):
    said = [ask(port, "POST", "/predict", body) for body in (b'{"x0": 1.0}', b'{"x0": "one"}', b"nothing")]
    assert [status for status, _ in said] == [200, 422, 400]
    assert re.fullmatch(r"[0-9a-f]{32}", said[0][1]["request_id"])


def test_what_belongs_to_one_instance_is_not_answered_by_whichever_comes_next(port):
    assert [ask(port, "GET", path)[0] for path in ("/metrics", "/log", "/emptyLog")] == [404, 404, 404]
