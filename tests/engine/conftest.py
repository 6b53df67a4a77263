"""What all tests of the engine share."""

import sys

import pytest
from hypothesis import settings

# No test is timed: how busy the machine is says nothing about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Tiny tensors gain nothing from threads, which wait for each other at length when the machine is busy."""
    if "torch" in sys.modules:  # the tests of engine/run need none
        sys.modules["torch"].set_num_threads(1)
