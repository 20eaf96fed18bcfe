"""The rules of `market.replicas` compiled for one number at a time, to be called from the company kernel."""

from __future__ import annotations

from market import replicas as rules
from market.compiling import kernel

gpus_per_replica = kernel(rules.gpus_per_replica)
replicas = kernel(rules.replicas)
staff = kernel(rules.staff)
integration_staff = kernel(rules.integration_staff)
self_run_cost = kernel(rules.self_run_cost)
