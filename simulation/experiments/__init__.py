"""Experiments on paired worlds: what the answer depends on, what it is made of, who has power, which rules it needs."""
