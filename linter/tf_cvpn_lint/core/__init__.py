"""What everything else is written in: evidence, addresses, values, verdicts. Depends on nothing."""
