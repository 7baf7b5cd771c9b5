"""The rules of the doctor, in the order in which causes are asked for before what follows from them."""

from explorer.training.doctor.finding import Rule
from explorer.training.doctor.rules.fit import OVERFITTING, PLATEAU, SILENT_CLASS, UNDERFITTING
from explorer.training.doctor.rules.rate import NAN, RATE_HIGH, RATE_LOW
from explorer.training.doctor.rules.signal import EXPLODING, VANISHING
from explorer.training.doctor.rules.units import DEAD_UNITS, SATURATION, UNLUCKY_SEED

RULES: tuple[Rule, ...] = (NAN, UNLUCKY_SEED, EXPLODING, RATE_HIGH, SATURATION, VANISHING, DEAD_UNITS, RATE_LOW,
                           PLATEAU, UNDERFITTING, OVERFITTING, SILENT_CLASS)
