"""The processes: broker, workers, their children, and a whole cluster on one machine."""
