"""The syntaxes that locks are written in: TOML, JSON, YAML and lines; each read whole, else salvaged."""
