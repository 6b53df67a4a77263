"""A file for each prior. engine/run/priors.py says what each is; its `load` is called by engine/guidance/load.py."""
