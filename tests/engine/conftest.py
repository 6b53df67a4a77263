"""What all tests of the engine share."""

import sys

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Tiny tensors gain nothing from threads, which wait for each other at length when the machine is busy."""
    if "torch" in sys.modules:  # the tests of engine/run need none
        sys.modules["torch"].set_num_threads(1)
