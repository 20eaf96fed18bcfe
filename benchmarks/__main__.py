"""`python -m benchmarks`: the speed and memory of the company step beside its rivals."""

from benchmarks.company_step import main

raise SystemExit(main())
