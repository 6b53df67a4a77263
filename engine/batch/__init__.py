"""Many runs, one after another: python -m engine batch

What has to be run is a list of run folders (`plan.py`); who runs one is a function (`runner.py`).
"""
