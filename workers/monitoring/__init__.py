"""What a running process shows of itself: metrics and health over HTTP, for Prometheus and for supervisors."""
