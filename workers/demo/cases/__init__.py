"""The repositories of the demo world by the question each asks of ghostcrawl, with the right answer."""
