"""A part of the Toybox world, for priors that know less than the shipped one."""

from engine.toybox.colours import COLOURS
from engine.toybox.objects.buildings import BUILDINGS
from engine.toybox.objects.creatures import CREATURES
from engine.toybox.objects.household import HOUSEHOLD
from engine.toybox.objects.nature import NATURE
from engine.toybox.objects.solids import SOLIDS, STACKS
from engine.toybox.objects.things import THINGS
from engine.toybox.objects.vehicles import VEHICLES

FEW_OBJECTS = SOLIDS | STACKS | HOUSEHOLD | NATURE | BUILDINGS | VEHICLES | CREATURES | THINGS
FEW_COLOURS = tuple(COLOURS)[: tuple(COLOURS).index("lime")]
