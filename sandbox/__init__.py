"""Stand-ins for the demo and the tests: small real HTTP servers that keep state."""
