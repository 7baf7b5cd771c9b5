"""Rules of the doctor, causes before their consequences."""

from explorer.doctor.finding import Rule
from explorer.doctor.rules.fit import OVERFITTING, PLATEAU, SILENT_CLASS, UNDERFITTING
from explorer.doctor.rules.rate import NAN, RATE_HIGH, RATE_LOW
from explorer.doctor.rules.signal import EXPLODING, VANISHING
from explorer.doctor.rules.units import DEAD_UNITS, SATURATION, UNLUCKY_SEED

RULES: tuple[Rule, ...] = (NAN, UNLUCKY_SEED, EXPLODING, RATE_HIGH, SATURATION, VANISHING, DEAD_UNITS, RATE_LOW,
                           PLATEAU, UNDERFITTING, OVERFITTING, SILENT_CLASS)
