"""Claims judged: from criteria declared in data to worlds, estimates and verdicts."""
