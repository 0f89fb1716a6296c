"""Head and body leave in one write, so that a worker that is killed leaves a whole answer or none."""

import socket


def test_head_and_body_of_an_answer_arrive_together(office, serve):
    office.appoint("production", 1)
    server = serve()
    body = b'{"x0": 1.0}'
    head = b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for _ in range(300):
            connection.sendall(head % len(body) + body)
            said = connection.recv(2**16)
            assert said.startswith(b"HTTP/1.1 200 ")
            assert said.endswith(b"}")
