"""`python -m monitor.cli`, for where the script is not installed."""

from monitor.cli import main

main()
