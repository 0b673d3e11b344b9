"""One torch thread for all tests, as on the server: two on a busy machine are many times slower."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from hypothesis import settings

torch.set_num_threads(1)
settings.register_profile("ours", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ours")
