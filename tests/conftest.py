"""What all tests share."""

try:
    from hypothesis import settings
except ImportError:  # as in Blender's Python, whose tests need none
    settings = None

# No test is timed: how busy the machine is says nothing about the code.
if settings is not None:
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")
