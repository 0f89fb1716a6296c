"""The same samples in a file, from a process that is scraped, at a push gateway and in CloudWatch."""

import importlib.util
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tenure.domain.samples import Sample
from tenure.errors import NotifyError
from tenure.exporting.exporter import serve_samples
from tenure.stores.sinks import CloudWatchSink, FileSink, PushSink, text_of

SAMPLES = (
    Sample("tenure_up", "Whether a period has run", {"project": "small"}, 1.0),
    Sample("tenure_incidents_open", "Open", {"project": "small", "severity": "critical"}, 2.0),
    Sample("tenure_incidents_open", "Open", {"project": "small", "severity": 'a "b"\n\\'}, 0.5),
)
SECRET = "s3cr3t"  # noqa: S105 - looked for where it must not be


def parsed(text):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def expected():
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for s in SAMPLES}


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - of this machine
        return answer.read().decode()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


def test_the_text_is_read_by_prometheus_own_parser_as_it_was_meant():
    assert parsed(text_of(SAMPLES).decode()) == expected()


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "textfile" / "tenure.prom"
    FileSink(path).write(SAMPLES)
    FileSink(path).write(SAMPLES[:1])
    assert list(parsed(path.read_text()).values()) == [1.0]
    assert [each.name for each in path.parent.iterdir()] == ["tenure.prom"]


def test_a_process_that_is_scraped_tells_what_is_new_and_that_tables_cannot_be_read():
    answers = [SAMPLES, SAMPLES[:1]]

    def read():
        if not answers:
            raise NotifyError("gone")
        return answers.pop(0)

    port, stop = serve_samples(read, host="127.0.0.1", port=0)
    try:
        url = f"http://127.0.0.1:{port}/metrics"
        ok = ("tenure_exporter_ok", ())
        assert parsed(get(url)) == expected() | {ok: 1.0}
        assert len(parsed(get(url))) == 2
        assert parsed(get(url)) == {ok: 0.0}
    finally:
        stop()


def test_a_port_that_is_taken_says_so():
    with socket.create_server(("127.0.0.1", 0)) as held, pytest.raises(NotifyError, match="cannot be taken"):
        serve_samples(lambda: SAMPLES, host="127.0.0.1", port=held.getsockname()[1])


def test_a_gateway_that_is_not_there_is_told_without_its_password():
    sink = PushSink(f"http://user:{SECRET}@127.0.0.1:1", "small")
    with pytest.raises(NotifyError) as raised:
        sink.write(SAMPLES)
    assert raised.value.transient
    assert SECRET not in f"{raised.value}{raised.value.__cause__}{sink!r}"


@contextmanager
def gateway():
    port = free_port()
    process = subprocess.Popen(
        ["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                get(f"http://127.0.0.1:{port}/-/ready")
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.skipif(
    shutil.which("prometheus-pushgateway") is None, reason="Debian's prometheus-pushgateway is not installed"
)
def test_a_real_push_gateway_takes_the_samples_and_replaces_them():
    with gateway() as url:
        PushSink(url, "small").write(SAMPLES)
        PushSink(url, "small").write(SAMPLES[:2])
        told = {
            key: value for key, value in parsed(get(f"{url}/metrics")).items() if key[0].startswith("tenure_")
        }
    assert {dict(labels)["job"] for _, labels in told} == {"tenure"}
    assert sorted(told.values()) == [1.0, 2.0]


@pytest.mark.skipif(
    importlib.util.find_spec("boto3") is None or importlib.util.find_spec("moto") is None,
    reason="boto3 (extra `cloudwatch`) or moto is not installed",
)
def test_cloudwatch_keeps_every_sample_with_its_labels(monkeypatch):
    import boto3  # noqa: PLC0415 - where it is installed
    from moto import mock_aws  # noqa: PLC0415

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    many = [Sample("tenure_up", "", {"project": f"p{number}"}, number) for number in range(1200)]
    with mock_aws():
        CloudWatchSink("Tenure").write([*SAMPLES[:2], *many])
        client = boto3.client("cloudwatch")
        pages = client.get_paginator("list_metrics").paginate(Namespace="Tenure")
        kept = [metric for page in pages for metric in page["Metrics"]]
        now = datetime.now(tz=UTC)  # noqa: TID251 - CloudWatch keeps the time at which a number arrives
        point = client.get_metric_statistics(
            Namespace="Tenure",
            MetricName="tenure_incidents_open",
            Dimensions=[{"Name": k, "Value": v} for k, v in SAMPLES[1].labels.items()],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
    assert len(kept) == 1202
    assert [each["Maximum"] for each in point] == [2.0]


@pytest.mark.skipif(
    importlib.util.find_spec("boto3") is None, reason="boto3 (extra `cloudwatch`) is not installed"
)
def test_cloudwatch_without_a_region_says_so(monkeypatch, tmp_path):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(NotifyError, match="region"):
        CloudWatchSink("Tenure").write(SAMPLES)
