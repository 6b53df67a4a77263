"""Many runs on a render farm: python -m engine farm

The run folders are made beforehand, with their settings (`engine.batch.plan`), in a folder that all computers share. A
job (`write.py`) has a task for each, which runs the folder to its end (`task.py`), on whatever computer, as often as it
takes.
"""
