"""The folder of a report: what is in it, what no longer belongs there, and what is a person's."""
