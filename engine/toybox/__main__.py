"""Training of the Toybox prior: python -m engine.toybox --help"""

from engine.neighbour import behave

if __name__ == "__main__":
    behave()  # before torch is imported
    from engine.toybox.train import main

    main()
