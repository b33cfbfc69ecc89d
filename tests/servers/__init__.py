"""Small servers that the tests start on loopback."""
