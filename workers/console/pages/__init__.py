"""The pages of the console, a module each; `workers/console/registry.py` lists them."""
