"""The scenario of benchmarks/serving_faults, in short."""

import pytest

from serving_faults.balancer import NGINX
from serving_faults.scenario import FULL, not_as_declared, play


@pytest.mark.slow
@pytest.mark.skipif(NGINX is None, reason="no nginx: `apt-get install nginx-light`")
def test_clients_see_nothing_of_faults_but_that_a_full_log_is_told(tmp_path):
    stretches = play(tmp_path, seconds=40, n_clients=4)
    assert not_as_declared(stretches) == []
    assert all(stretch.statuses[200] for stretch in stretches)
    by_event = {stretch.what: stretch for stretch in stretches}
    assert by_event[FULL].statuses[507]
    assert {1, 2} <= {version for stretch in stretches for version in stretch.versions}
    assert by_event["the registry is back"].versions == (1,)
