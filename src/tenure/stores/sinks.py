"""Where samples go: a file for the node exporter, a Prometheus push gateway, CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from urllib.error import URLError

from prometheus_client import CollectorRegistry, generate_latest, push_to_gateway
from prometheus_client.core import GaugeMetricFamily, Metric

from tenure.domain.samples import Sample
from tenure.errors import NotifyError

JOB = "tenure"
_BATCH = 500
"""Samples in one call of CloudWatch, which takes 1,000."""


def families(samples: Sequence[Sample]) -> Iterator[Metric]:
    """The samples as prometheus-client has them, by name."""
    for name, part in groupby(sorted(samples, key=_order), key=lambda sample: sample.name):
        listed = list(part)
        family = GaugeMetricFamily(name, listed[0].meaning, labels=list(listed[0].labels))
        for sample in listed:
            family.add_metric(list(sample.labels.values()), sample.value)
        yield family


def text_of(samples: Sequence[Sample]) -> bytes:
    """The samples in the text format of Prometheus.

    Examples
    --------
    >>> up = Sample("tenure_up", "Whether a period has run", {"project": "a"}, 1)
    >>> print(text_of([up]).decode().strip())
    # HELP tenure_up Whether a period has run
    # TYPE tenure_up gauge
    tenure_up{project="a"} 1.0
    """
    return generate_latest(_registry(samples))


@dataclass(frozen=True, slots=True)
class FileSink:
    """A file that the node exporter reads (``--collector.textfile.directory``), replaced at once."""

    path: Path

    def write(self, samples: Sequence[Sample]) -> None:
        """Put the samples in the place of those there."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside = self.path.with_name(f".{self.path.name}.tmp")
            beside.write_bytes(text_of(samples))
            beside.replace(self.path)
        except OSError as error:
            raise NotifyError(f"the metrics cannot be written to {self.path}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class PushSink:
    """A push gateway: one group per project, replaced as a whole."""

    url: str = field(repr=False)
    project: str

    def write(self, samples: Sequence[Sample]) -> None:
        """Put the samples in the place of the project's."""
        try:
            push_to_gateway(
                self.url, job=JOB, registry=_registry(samples), grouping_key={"project": self.project}
            )
        except (OSError, ValueError) as error:
            why = type(error.reason if isinstance(error, URLError) else error).__name__
            raise NotifyError(f"the push gateway did not take the metrics: {why}", transient=True) from None


@dataclass(frozen=True, slots=True)
class CloudWatchSink:
    """CloudWatch: region, credentials and address come from the environment, as boto3 reads them."""

    namespace: str

    def write(self, samples: Sequence[Sample]) -> None:
        """Send the samples, each at the time it arrives: CloudWatch takes none older than two weeks."""
        import boto3  # noqa: PLC0415 - an extra

        refused = boto3.session.botocore.exceptions
        try:
            client = boto3.client("cloudwatch")
            for first in range(0, len(samples), _BATCH):
                part = samples[first : first + _BATCH]
                client.put_metric_data(Namespace=self.namespace, MetricData=[_datum(one) for one in part])
        except (refused.BotoCoreError, refused.ClientError) as error:
            raise NotifyError(f"CloudWatch did not take the metrics: {error}", transient=True) from None


def _datum(sample: Sample) -> dict[str, object]:
    dimensions = [{"Name": name, "Value": value[:1024]} for name, value in sample.labels.items() if value]
    return {"MetricName": sample.name, "Dimensions": dimensions, "Value": float(sample.value)}


@dataclass(frozen=True, slots=True, eq=False)
class _Fixed:
    samples: Sequence[Sample]

    def collect(self) -> Iterator[Metric]:
        return families(self.samples)


def _registry(samples: Sequence[Sample]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Fixed(samples))
    return registry


def _order(sample: Sample) -> tuple[str, tuple[str, ...]]:
    return sample.name, tuple(sample.labels.values())
