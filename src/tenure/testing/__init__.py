"""What an adapter must do, as plain functions, for somebody who writes one.

Each contract is a tuple of checks whose names are sentences; a check takes the adapter (and an empty
folder, where it needs one), and raises AssertionError where the adapter does not keep the contract::

    @pytest.mark.parametrize("check", TABLE_STORE_CONTRACT, ids=lambda check: check.__name__)
    def test_my_store_keeps_the_contract(check, tmp_path):
        check(MyStore(tmp_path))

Nothing here needs pytest.
"""

from tenure.testing.engine import ENGINE_CONTRACT
from tenure.testing.online_store import ONLINE_STORE_CONTRACT
from tenure.testing.registry import MODEL_REGISTRY_CONTRACT
from tenure.testing.small_bundle import softmax_onnx, write_small_bundle
from tenure.testing.table_store import TABLE_STORE_CONTRACT
from tenure.testing.tracker import EXPERIMENT_TRACKER_CONTRACT

__all__ = [
    "ENGINE_CONTRACT",
    "EXPERIMENT_TRACKER_CONTRACT",
    "MODEL_REGISTRY_CONTRACT",
    "ONLINE_STORE_CONTRACT",
    "TABLE_STORE_CONTRACT",
    "softmax_onnx",
    "write_small_bundle",
]
