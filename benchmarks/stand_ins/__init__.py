"""Small networks of the open-vocabulary priors' own classes, trained on a part of the Toybox world.

    python -m benchmarks.stand_ins train KIND --output FOLDER --minutes N
    python -m benchmarks.stand_ins score KIND --weights FOLDER

They stand in for weights of gigabytes, so that presets, loaders and methods are proved from a prompt to a mesh.
"""
