"""Every process that runs: the shell around the craft."""
