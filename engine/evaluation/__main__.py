"""Scores of priors and meshes: python -m engine.evaluation --help"""

from engine.neighbour import behave

if __name__ == "__main__":
    behave()  # before torch is imported
    from engine.evaluation.score import main

    main()
