"""What all tests of the engine share."""

from hypothesis import settings

# No test is timed: how busy the machine is says nothing about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
