"""Try to break the desk: ``./dev torture``; see docs/reliability.md."""
