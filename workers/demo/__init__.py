"""The loopback world with known truth: index, hosts, repositories; for the demo, the tests, the benchmarks."""
