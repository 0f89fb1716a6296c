"""Bytes that are no HTTP, or HTTP that is not kept to: the server answers or closes, and lives."""

import random
import socket
import time

import pytest

GOOD = b'{"x0": 1.0}'
HEAD = b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
WAIT_SECONDS = 5.0

BROKEN = {
    "nothing at all": b"",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method that is none": b"\xff\xfe /predict HTTP/1.1\r\nHost: here\r\n\r\n",
    "a version that is none": b"GET /health HTTP/9.9\r\nHost: here\r\n\r\n",
    "a body cut short": HEAD + b"Content-Length: 500\r\n\r\n" + GOOD,
    "a length that is none": HEAD + b"Content-Length: many\r\n\r\n" + GOOD,
    "a length below zero": HEAD + b"Content-Length: -1\r\n\r\n" + GOOD,
    "two lengths": HEAD + b"Content-Length: 11\r\nContent-Length: 4\r\n\r\n" + GOOD,
    "a length and chunks": HEAD + b"Content-Length: 11\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length without end": HEAD + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n" + GOOD,
    "chunks of no length": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a chunk cut short": HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nabc",
    "a header of a megabyte": b"GET /health HTTP/1.1\r\nX: " + b"a" * 2**20 + b"\r\n\r\n",
    "a hundred thousand headers": b"GET /health HTTP/1.1\r\n" + b"X: a\r\n" * 100_000 + b"\r\n",
    "a path of a megabyte": b"GET /" + b"a" * 2**20 + b" HTTP/1.1\r\nHost: here\r\n\r\n",
    "a header without a colon": b"GET /health HTTP/1.1\r\nHost here\r\n\r\n",
    "null in a header": b"GET /health HTTP/1.1\r\nHost: he\x00re\r\n\r\n",
    "line feeds alone": b"POST /predict HTTP/1.1\nHost: here\nContent-Length: 11\n\n" + GOOD,
    "more than was announced": HEAD + b"Content-Length: 3\r\n\r\n" + GOOD * 50,
    "many requests at once": (HEAD + b"Content-Length: 11\r\n\r\n" + GOOD) * 300,
    "an upgrade": b"GET /predict HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
}


@pytest.fixture
def server(office, serve):
    office.appoint("production", 1)
    return serve(timeout_seconds=1.0)


def tell(server, content):
    """What came back within the time, up to its first 64 KiB; the connection is left half-way."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_SECONDS) as connection:
        try:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(2**16)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            return b""


def answers_a_good_request(server):
    answer = server.ask("POST", "/predict", {"x0": 1.0})
    return answer.status == 200 and answer.json["model_version"] == 1


def test_broken_requests_are_answered_or_closed_and_the_next_good_one_is_answered(server):
    before = server.workers()
    for name, content in BROKEN.items():
        said = tell(server, content)
        assert said == b"" or said.startswith(b"HTTP/1.1 "), name
        assert not said.startswith(b"HTTP/1.1 5"), (name, said)
        assert answers_a_good_request(server), name
    assert server.workers() == before


def damaged(rng):
    """A request with some of its bytes turned, cut out or doubled, or bytes of no sense at all."""
    if rng.random() < 0.1:
        return rng.randbytes(rng.randrange(2000))
    content = bytearray(rng.choice([part for part in BROKEN.values() if 0 < len(part) < 2000]))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(content))
        match rng.randrange(3):
            case 0:
                content[at] = rng.randrange(256)
            case 1:
                del content[at : at + rng.randrange(20)]
            case _:
                content[at:at] = content[at : at + rng.randrange(40)]
        content = content or bytearray(b"\r")
    return bytes(content)


@pytest.mark.parametrize("n_requests", [100, pytest.param(20_000, marks=pytest.mark.slow)])
def test_no_bytes_whatever_bring_the_server_down(server, n_requests):
    rng = random.Random(n_requests)  # noqa: S311 - the same bytes every time
    before = server.workers()
    for number in range(n_requests):
        said = tell(server, damaged(rng))
        assert not said.startswith(b"HTTP/1.1 5"), said
        if number % 50 == 0:
            assert answers_a_good_request(server)
    assert answers_a_good_request(server)
    assert server.workers() == before


def test_clients_that_send_a_byte_now_and_then_hold_up_nobody(server):
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_SECONDS) for _ in range(200)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(HEAD if number % 2 else HEAD + b"Content-Length: 100\r\n\r\n")
        start = time.monotonic()
        for _ in range(10):
            for connection in slow[:100:2]:
                connection.sendall(b"X")
            assert answers_a_good_request(server)
        assert time.monotonic() - start < 20
    finally:
        for connection in slow:
            connection.close()
    assert answers_a_good_request(server)
