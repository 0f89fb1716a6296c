"""Channels of alerts: a file beside the report, and what Apprise reaches: mail, Slack, webhooks, 100 more.

Addresses come from the environment variable ``TENURE_ALERTS`` only, separated by blanks or lines, each with a
name before it if wanted::

    TENURE_ALERTS = "ops=mailto://user:password@example.org team=slack://token/…  json://host:8080/hook"
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tenure.domain.incidents import AlertMessage, IncidentSeverity, Telling
from tenure.domain.wording import counted
from tenure.errors import NotifyError
from tenure.ports import Notifier

VARIABLE = "TENURE_ALERTS"
FILE_NAME = "alerts.jsonl"
_NAMED = re.compile(r"(?:(?P<name>[A-Za-z][\w-]*)=)?(?P<url>(?P<scheme>[A-Za-z][A-Za-z0-9]*)://\S+)")


@dataclass(frozen=True, slots=True)
class FileChannel:
    """The messages of a period as lines of JSON, in the folder of its report; always there."""

    reports: Path
    name: str = "file"

    def path(self, message: AlertMessage) -> Path:
        """The file of the message's period."""
        return self.reports / message.as_of.isoformat() / FILE_NAME

    def send(self, message: AlertMessage) -> None:
        """Add the message, once: a line with its id takes the place of the one there."""
        path = self.path(message)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            others = [line for line in lines if json.loads(line)["id"] != message.id]
            told = json.dumps(_plain(message), ensure_ascii=False, sort_keys=True)
            beside = path.with_suffix(".tmp")
            beside.write_text("\n".join([*others, told]) + "\n", encoding="utf-8")
            beside.replace(path)
        except (OSError, ValueError) as error:
            raise NotifyError(f"the file {path} cannot be written: {error}") from error


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """One address of `TENURE_ALERTS`."""

    name: str
    url: str = field(repr=False)

    def send(self, message: AlertMessage) -> None:
        """Hand the message to the service; what it says of a failure may hold the address: it is not told."""
        import apprise  # noqa: PLC0415 - an extra

        with _silent("apprise"):
            try:
                service = apprise.Apprise.instantiate(self.url)
                sent = service is not None and service.notify(
                    title=message.title, body=message.body, notify_type=_type(message)
                )
            except Exception as error:  # noqa: BLE001 - whatever a plug-in raises, the run goes on
                raise NotifyError(f"the channel `{self.name}` failed: {type(error).__name__}") from None
        if service is None:
            raise NotifyError(
                f"the address of the channel `{self.name}` is not one that Apprise understands",
                hint=f"see its list of services; the address stands in {VARIABLE}.",
            )
        if not sent:
            raise NotifyError(f"the channel `{self.name}` did not take the message", transient=True)


def open_channels(reports: Path, *, environment: Mapping[str, str] = os.environ) -> tuple[Notifier, ...]:
    """The channels that the environment names, after the file.

    Raises
    ------
    NotifyError
        If the variable holds something that is no address, or the extra `alerts` is not installed.
    """
    named = tuple(channels_in(environment.get(VARIABLE, "")))
    if named and importlib.util.find_spec("apprise") is None:
        raise NotifyError(
            f"{VARIABLE} names {counted(len(named), 'channel')}, and Apprise is not installed",
            hint="`pip install 'tenure[alerts]'`; without it, alerts go to a file beside the report.",
        )
    return (FileChannel(reports), *named)


def channels_in(text: str) -> Iterator[AppriseChannel]:
    """The channels of a text of addresses; one without a name is called by its scheme and a number.

    Examples
    --------
    >>> text = "ops=json://localhost json://localhost/b mailto://u:p@example.org"
    >>> [channel.name for channel in channels_in(text)]
    ['ops', 'json-1', 'mailto-1']
    """
    numbered: Counter[str] = Counter()
    seen: set[str] = {"file"}
    for number, part in enumerate(text.split(), start=1):
        match = _NAMED.fullmatch(part)
        if match is None:
            raise NotifyError(
                f"entry {number} of {VARIABLE} is not an address such as `mailto://…` or `ops=slack://…`",
                hint="entries are separated by blanks; a blank within an address is written %20.",
            )
        scheme = match["scheme"].lower()
        numbered[scheme] += not match["name"]
        name = match["name"] or f"{scheme}-{numbered[scheme]}"
        if name in seen:
            raise NotifyError(f"{VARIABLE} names the channel `{name}` twice", hint="give each its own name.")
        seen.add(name)
        yield AppriseChannel(name, match["url"])


def _type(message: AlertMessage) -> Any:
    import apprise  # noqa: PLC0415 - an extra

    if message.telling is Telling.RESOLVED:
        return apprise.NotifyType.SUCCESS
    types = {
        IncidentSeverity.CRITICAL: apprise.NotifyType.FAILURE,
        IncidentSeverity.WARNING: apprise.NotifyType.WARNING,
    }
    return types.get(message.severity, apprise.NotifyType.INFO)


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """What a library logs stays unsaid for as long as the block lasts: it may hold an address."""
    logger = logging.getLogger(name)
    was = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = was


def _plain(message: AlertMessage) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(message).items()}
