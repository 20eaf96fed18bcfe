"""The answer: paired worlds, compared, judged in words and drawn (model.md section 4.5)."""
