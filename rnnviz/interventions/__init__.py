"""What a network does after somebody has reached in: a state or a gate is another at some steps, all else its own.

An intervention is plain data. Whatever comes after it is computed by the network: in its layer step by step, as the
cell's equations say, and by torch's kernels above.
"""

from rnnviz.interventions.acts import Intervention, ablate, clamp, patch, steer
from rnnviz.interventions.directions import component
from rnnviz.interventions.each import each_alone
from rnnviz.interventions.models import reaching_in
from rnnviz.interventions.running import intervene

__all__ = ["Intervention", "ablate", "clamp", "component", "each_alone", "intervene", "patch", "reaching_in", "steer"]
