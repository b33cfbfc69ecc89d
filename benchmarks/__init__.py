"""Numbers to hold: what ghostcrawl costs, next to what others cost, in one table with limits."""
