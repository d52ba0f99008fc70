"""What developers run besides the tests: see `./run help`."""
