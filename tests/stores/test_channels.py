"""Alerts arrive in a real SMTP sink and at a webhook, and no secret is told."""

import importlib.util
import json
from dataclasses import replace
from datetime import date

import pytest

from tenure.domain.incidents import AlertMessage, IncidentSeverity, Telling
from tenure.errors import NotifyError
from tenure.ports import Notifier
from tenure.stores.channels import VARIABLE, channels_in, open_channels

MESSAGE = AlertMessage(
    id="feed outage:clicks:2024-07-01@2024-07-01/opened",
    title="[critical] loans: feed outage of `clicks`",
    body="no row of `clicks` became known\nmay cost: 60 decisions, 300 € at most\nlook at: /reports/x",
    severity=IncidentSeverity.CRITICAL,
    telling=Telling.OPENED,
    incident="feed outage:clicks:2024-07-01",
    as_of=date(2024, 7, 1),
)
SECRET = "s3cr3t-t0ken"  # noqa: S105 - looked for where it must not be
apprise = pytest.mark.skipif(
    importlib.util.find_spec("apprise") is None, reason="the extra `alerts` is not installed: apprise"
)


def channel(text) -> Notifier:
    (made,) = channels_in(text)
    return made


def test_without_a_variable_alerts_go_to_a_file_beside_the_report(tmp_path):
    (only,) = open_channels(tmp_path, environment={})
    only.send(MESSAGE)
    only.send(MESSAGE)
    only.send(replace(MESSAGE, id="another"))
    lines = (tmp_path / "2024-07-01" / "alerts.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [MESSAGE.id, "another"]
    assert json.loads(lines[0])["severity"] == "critical"


def test_a_file_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "2024-07-01").write_text("in the way")
    with pytest.raises(NotifyError, match=r"alerts\.jsonl cannot be written"):
        open_channels(tmp_path, environment={})[0].send(MESSAGE)


@apprise
def test_a_webhook_gets_the_message_with_its_severity(webhook):
    address, got = webhook
    channel(f"json://{address}/hook").send(MESSAGE)
    ((path, sent),) = got
    body = json.loads(sent)
    assert path == "/hook"
    assert (body["title"], body["message"], body["type"]) == (MESSAGE.title, MESSAGE.body, "failure")
    channel(f"json://{address}/hook").send(replace(MESSAGE, telling=Telling.RESOLVED))
    assert json.loads(got[1][1])["type"] == "success"


@apprise
def test_a_mail_arrives_with_title_and_text(mailbox):
    port, mails = mailbox
    url = f"mailto://127.0.0.1:{port}?from=tenure@example.org&to=risk@example.org&mode=insecure&format=text"
    channel(url).send(MESSAGE)
    ((to, mail),) = mails
    assert to == ["risk@example.org"]
    assert mail["Subject"] == MESSAGE.title
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip("\n")
    assert text == MESSAGE.body


@apprise
@pytest.mark.parametrize(
    "url",
    [
        "json://user:{secret}@{address}/broken",
        "json://127.0.0.1:1/{secret}",
        "slack://{secret}",
        "nonsense://{secret}",
        "mailto://user:{secret}@127.0.0.1:1?from=b@example.org&to=a@example.org&mode=insecure",
    ],
)
def test_a_channel_that_fails_tells_no_secret_anywhere(url, webhook, caplog, capfd):
    text = f"ops={url.format(secret=SECRET, address=webhook[0])}"
    made = channel(text)
    with pytest.raises(NotifyError) as raised:
        made.send(MESSAGE)
    assert "ops" in raised.value.message
    said = capfd.readouterr()
    everything = f"{raised.value}{raised.value.__cause__}{caplog.text}{said.out}{said.err}{made!r}"
    assert SECRET not in everything


@apprise
def test_whatever_a_plug_in_raises_is_the_failure_of_its_channel(monkeypatch):
    import apprise as library  # noqa: PLC0415 - where it is installed

    def explode(*_arguments, **_rest):
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(library.Apprise, "instantiate", explode)
    with pytest.raises(NotifyError, match="ZeroDivisionError") as raised:
        channel("ops=json://localhost").send(MESSAGE)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "text", [f"not-an-address-{SECRET}", f"a=json://h b=://{SECRET}", f"1x=json://{SECRET}"]
)
def test_an_entry_that_is_no_address_is_told_by_its_number_and_not_by_what_it_holds(text, tmp_path):
    with pytest.raises(NotifyError, match=f"of {VARIABLE} is not an address") as raised:
        open_channels(tmp_path, environment={VARIABLE: text})
    assert SECRET not in str(raised.value)


def test_two_channels_of_one_name_are_refused(tmp_path):
    with pytest.raises(NotifyError, match="the channel `a` twice"):
        open_channels(tmp_path, environment={VARIABLE: "a=json://h a=json://i"})


def test_channels_without_the_extra_say_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(NotifyError, match="names 1 channel") as raised:
        open_channels(tmp_path, environment={VARIABLE: "json://h"})
    assert "tenure[alerts]" in raised.value.hint
